package dialect

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// generated is the bytes of what a model generated, by kind.
type generated struct {
	// reasoning is text of reasoning, output any other text and the calls of tools.
	reasoning, output int
	// blank is the bytes of output in texts of white space alone.
	blank int
	// refusal says that there is a refusal among the output, call that there is a call of
	// a tool, which takes tokens beside its text.
	refusal, call bool
}

// any reports whether anything was generated.
func (g generated) any() bool { return g.reasoning > 0 || g.output > 0 }

func (g *generated) add(other generated) {
	g.reasoning += other.reasoning
	g.output += other.output
	g.blank += other.blank
	g.refusal = g.refusal || other.refusal
	g.call = g.call || other.call
}

// text is the bytes of text in a JSON value: a string, or parts that hold text. It is
// measured as JSON encodes it.
type text struct {
	reasoning, other int
	// blank is the bytes of other text in strings of white space alone.
	blank int
}

func (t text) bytes() int { return t.reasoning + t.other }

// UnmarshalJSON measures any value. It never fails.
func (t *text) UnmarshalJSON(raw []byte) error {
	*t = text{}
	t.measure(raw, 0)
	return nil
}

// measure adds the text in a value that stands in so many others. Beyond maxDepth, no server
// has text.
func (t *text) measure(raw json.RawMessage, depth int) {
	if len(raw) == 0 || depth > maxDepth {
		return
	}
	switch raw[0] {
	case '"':
		inside := raw[1 : len(raw)-1]
		blank, invisible := blankText(inside)
		if invisible {
			return
		}
		if t.other += len(inside); blank {
			t.blank += len(inside)
		}
	case '[':
		var parts []json.RawMessage
		if json.Unmarshal(raw, &parts) == nil {
			for _, part := range parts {
				t.measure(part, depth+1)
			}
		}
	case '{':
		var part textPart
		if json.Unmarshal(raw, &part) == nil {
			t.addPart(part, depth+1)
		}
	}
}

// blankText reports whether a string, without its quotes, is white space alone, and whether all of it takes no room:
// no model has a token for that, but proxies keep connections open with it.
func blankText(inside []byte) (blank, invisible bool) {
	if len(inside) == 0 || inside[0] > ' ' && inside[0] < utf8.RuneSelf && inside[0] != '\\' {
		return false, false // nearly always
	}
	var said string
	if json.Unmarshal(slices.Concat([]byte{'"'}, inside, []byte{'"'}), &said) != nil {
		return false, false
	}
	room := func(r rune) bool { return !strings.ContainsRune("\u200b\u2060\ufeff", r) }
	return !strings.ContainsFunc(said, func(r rune) bool { return room(r) && !unicode.IsSpace(r) }), !strings.ContainsFunc(said, room)
}

// textPart is a part of a message. Text is under the name of its kind.
type textPart struct {
	Type      string          `json:"type"`
	Text      json.RawMessage `json:"text"`
	Content   json.RawMessage `json:"content"`
	Thinking  json.RawMessage `json:"thinking"`
	Reasoning json.RawMessage `json:"reasoning"`
	Summary   json.RawMessage `json:"summary"`
	Refusal   json.RawMessage `json:"refusal"`
	Data      json.RawMessage `json:"data"`
	// Transcript goes with audio.
	Transcript json.RawMessage `json:"transcript"`
}

func (t *text) addPart(p textPart, depth int) {
	in := func(values ...json.RawMessage) (all text) {
		for _, value := range values {
			all.measure(value, depth)
		}
		return all
	}
	own := in(p.Text)
	t.reasoning += in(p.Thinking, p.Reasoning, p.Summary).bytes() + own.reasoning
	if p.Type == "thinking" || p.Type == "reasoning" {
		t.reasoning += own.other
		return
	}
	t.blank += own.blank
	t.other += own.other + in(p.Content, p.Refusal, p.Transcript).bytes()
	if p.Type == "" { // audio, as bytes
		t.other += in(p.Data).bytes()
	}
}
