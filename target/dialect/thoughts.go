package dialect

import (
	"bytes"
	"encoding/json"
	"strings"
)

// thoughtTags enclose reasoning that stands in the text of an answer, where a server does not parse it.
type thoughtTags struct {
	begin, end string
	// alone says that text up to the end is reasoning without the beginning too: the templates of
	// several models put that into the prompt.
	alone bool
}

func allThoughtTags() []thoughtTags {
	return []thoughtTags{
		{"<think>", "</think>", true}, // DeepSeek, Qwen, and Groq and MiniMax unless asked to split
		{"<thinking>", "</thinking>", true},
		{"<mm:think>", "</mm:think>", true},
		{"<seed:think>", "</seed:think>", true},
		{"◁think▷", "◁/think▷", true},                                            // Kimi
		{"<thought>", "</thought>", false},                                       // Gemini
		{"<reasoning>", "</reasoning>", false},                                   // gpt-oss on Bedrock
		{"[THINK]", "[/THINK]", false},                                           // Magistral
		{"<|channel|>analysis<|message|>", "<|channel|>final<|message|>", false}, // gpt-oss unparsed
	}
}

// endOfThoughts returns how many bytes of a text are reasoning: all if that has no end.
func endOfThoughts(said string) int {
	blank := len(said) - len(strings.TrimLeft(said, " \r\n\t"))
	for _, tags := range allThoughtTags() {
		begins := strings.HasPrefix(said[blank:], tags.begin)
		if !begins && !tags.alone {
			continue
		}
		switch end := strings.Index(said, tags.end); {
		case end < 0 && begins:
			return len(said)
		case end >= 0 && (begins || !strings.Contains(said[:end], tags.begin)):
			return end + len(tags.end)
		}
	}
	return 0
}

// beginsThoughts reports whether a text begins with reasoning, and whether it may with more text.
func beginsThoughts(said string) (does, may bool) {
	said = strings.TrimLeft(said, " \r\n\t")
	for _, tags := range allThoughtTags() {
		if strings.HasPrefix(said, tags.begin) {
			return true, true
		}
		may = may || strings.HasPrefix(tags.begin, said)
	}
	return false, may
}

// saidPart is the text that an event adds to an answer, and how many bytes it has as JSON.
type saidPart struct {
	text  string
	bytes int
}

// tellThoughts makes reasoning of the text in a stream's body that is in tags of reasoning: it came as
// output. said reads the text of an event.
func (s *streamed) tellThoughts(body []byte, said func(data []byte) saidPart) {
	type part struct{ piece, begin, end, bytes int }
	var parts []part
	var all strings.Builder
	sure := bytes.Contains(body, []byte("/think")) || bytes.Contains(body, []byte(`"think"`)) // the latter of a tag in pieces
	at := 0
	for e := range events(body) {
		for at < len(s.pieces) && s.pieces[at].End < e.end {
			at++
		}
		if at == len(s.pieces) {
			break
		}
		if s.pieces[at].End != e.end || s.pieces[at].Output == 0 {
			continue
		}
		if p := said(bytes.TrimSpace(e.data)); p.text != "" {
			parts = append(parts, part{at, all.Len(), all.Len() + len(p.text), p.bytes})
			all.WriteString(p.text)
		}
		if !sure {
			does, may := beginsThoughts(all.String())
			if sure = does; !may {
				return
			}
		}
	}
	until := endOfThoughts(all.String())
	for _, p := range parts {
		if p.begin < until {
			s.think(p.piece, p.bytes*(min(p.end, until)-p.begin)/(p.end-p.begin))
		}
	}
}

// openaiSaidPart reads the text of the first choice in a chunk.
func openaiSaidPart(data []byte) (out saidPart) {
	var chunk struct {
		Choices []struct {
			Index int
			Text  json.RawMessage
			Delta struct {
				Content json.RawMessage `json:"content"`
			} `json:"delta"`
		} `json:"choices"`
	}
	_ = unmarshal(data, &chunk) // of no object there is no text
	for _, choice := range chunk.Choices {
		if choice.Index == 0 {
			out.add(choice.Delta.Content)
			out.add(choice.Text)
		}
	}
	return out
}

// anthropicSaidPart reads the text that an event of a message adds to it.
func anthropicSaidPart(data []byte) (out saidPart) {
	var e struct {
		Delta struct {
			Text json.RawMessage `json:"text"`
		} `json:"delta"`
	}
	_ = unmarshal(data, &e) // of no object there is no text
	out.add(e.Delta.Text)
	return out
}

// responsesSaidPart reads the text that an event of a response adds to it.
func responsesSaidPart(data []byte) (out saidPart) {
	var e struct {
		Type  string          `json:"type"`
		Delta json.RawMessage `json:"delta"`
	}
	if unmarshal(data, &e) == nil && e.Type == "response.output_text.delta" {
		out.add(e.Delta)
	}
	return out
}

// add adds the text of content.
func (p *saidPart) add(raw json.RawMessage) {
	if said := plainText(raw, "text"); said != "" {
		var size text
		size.measure(raw, 0)
		p.text, p.bytes = p.text+said, p.bytes+size.other
	}
}

// think makes reasoning of so many bytes of the output of a piece. Some servers have sent the same as
// reasoning too.
func (s *streamed) think(piece, bytes int) {
	p := &s.pieces[piece]
	bytes = min(bytes, p.Output)
	more := max(bytes-p.Reasoning, 0)
	p.Output -= bytes
	p.Reasoning += more
	p.Blank = p.Blank && p.Output > 0
	s.all.output -= bytes
	s.all.reasoning += more
}
