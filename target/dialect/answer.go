package dialect

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// answerText returns the text of a body of JSON, or of the data of its events if it is a stream, as
// read from each object. Anything else than text, such as reasoning and calls of tools, is no part
// of it.
func answerText(body []byte, stream bool, read func(raw []byte) string) string {
	if !stream {
		return read(body)
	}
	var all strings.Builder
	for e := range events(body) {
		if data := bytes.TrimSpace(e.data); len(data) > 0 && data[0] == '{' {
			all.WriteString(read(data))
		}
	}
	return all.String()
}

// plainText is the text of content: a string, or the texts of its parts of the given types. A part
// without a type is text.
func plainText(raw json.RawMessage, types ...string) string {
	var text string
	if len(raw) == 0 || json.Unmarshal(raw, &text) == nil {
		return text
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return ""
	}
	var all strings.Builder
	for _, raw := range parts {
		var part struct {
			Type          string
			Text, Refusal string
		}
		if unmarshal(raw, &part) == nil && (part.Type == "" || slices.Contains(types, part.Type)) {
			all.WriteString(part.Text + part.Refusal)
		}
	}
	return all.String()
}

// openaiSaid holds the text of a completion's choice, or of what a chunk adds to it.
type openaiSaid struct {
	Content json.RawMessage `json:"content"`
	Refusal string          `json:"refusal"`
}

func (s openaiSaid) text() string { return plainText(s.Content, "text", "refusal") + s.Refusal }

// Answer returns the text of the first choice.
func (o openai) Answer(body []byte) string {
	return answerText(body, o.stream, func(raw []byte) (text string) {
		var c struct {
			Choices []struct {
				Index          int
				Message, Delta openaiSaid
				Text           string
			} `json:"choices"`
		}
		_ = unmarshal(raw, &c) // of no object there is no text
		for _, choice := range c.Choices {
			if choice.Index == 0 {
				text += choice.Message.text() + choice.Delta.text() + choice.Text
			}
		}
		return text
	})
}

// Answer returns the text of the message's blocks of text.
func (a anthropic) Answer(body []byte) string {
	return answerText(body, a.stream, func(raw []byte) string {
		var m struct {
			Content json.RawMessage `json:"content"`
			Block   json.RawMessage `json:"content_block"`
			Delta   json.RawMessage `json:"delta"`
		}
		_ = unmarshal(raw, &m) // of no object there is no text
		part := func(raw json.RawMessage) string {
			if len(raw) == 0 {
				return ""
			}
			return plainText(slices.Concat([]byte("["), raw, []byte("]")), "text", "text_delta")
		}
		return plainText(m.Content, "text") + part(m.Block) + part(m.Delta)
	})
}

// responsesSaid holds the text of a response's output.
type responsesSaid struct {
	Output []struct {
		Type    string          `json:"type"`
		Content json.RawMessage `json:"content"`
	} `json:"output"`
}

func (s responsesSaid) text() string {
	var all strings.Builder
	for _, item := range s.Output {
		if item.Type == "message" {
			all.WriteString(plainText(item.Content, "output_text", "text", "refusal"))
		}
	}
	return all.String()
}

// Answer returns the text of the response's messages. Of a stream it is what the deltas bring, or
// what the last event has, where a server does not stream.
func (r responses) Answer(body []byte) string {
	if !r.stream {
		var whole responsesSaid
		_ = unmarshal(body, &whole) // of no object there is no text
		return whole.text()
	}
	final := ""
	streamed := answerText(body, true, func(raw []byte) string {
		var e struct {
			Type     string        `json:"type"`
			Delta    string        `json:"delta"`
			Response responsesSaid `json:"response"`
		}
		_ = unmarshal(raw, &e) // of no object there is no text
		if text := e.Response.text(); text != "" {
			final = text
		}
		if e.Type == "response.output_text.delta" || e.Type == "response.refusal.delta" {
			return e.Delta
		}
		return ""
	})
	if streamed == "" {
		return final
	}
	return streamed
}
