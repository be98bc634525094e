package dialect

import "encoding/json"

// generated is the bytes of what a model generated, by kind.
type generated struct {
	// reasoning is text of reasoning, output any other text and the calls of tools.
	reasoning, output int
	// refusal says that there is a refusal among the output, call that there is a call of
	// a tool, which takes tokens beside its text.
	refusal, call bool
}

// any reports whether anything was generated.
func (g generated) any() bool { return g.reasoning > 0 || g.output > 0 }

func (g *generated) add(other generated) {
	g.reasoning += other.reasoning
	g.output += other.output
	g.refusal = g.refusal || other.refusal
	g.call = g.call || other.call
}

// text is the bytes of text in a JSON value: a string, or parts that hold text. It is
// measured as JSON encodes it.
type text struct {
	reasoning, other int
}

func (t text) bytes() int { return t.reasoning + t.other }

// UnmarshalJSON measures any value. It never fails.
func (t *text) UnmarshalJSON(raw []byte) error {
	*t = text{}
	t.measure(raw)
	return nil
}

func (t *text) measure(raw []byte) {
	switch raw[0] {
	case '"':
		t.other += len(raw) - len(`""`)
	case '[':
		var parts []json.RawMessage
		if json.Unmarshal(raw, &parts) == nil {
			for _, part := range parts {
				t.measure(part)
			}
		}
	case '{':
		var part textPart
		if json.Unmarshal(raw, &part) == nil {
			t.addPart(part)
		}
	}
}

// textPart is a part of a message. Text is under the name of its kind.
type textPart struct {
	Type      string `json:"type"`
	Text      text   `json:"text"`
	Content   text   `json:"content"`
	Thinking  text   `json:"thinking"`
	Reasoning text   `json:"reasoning"`
	Summary   text   `json:"summary"`
	Refusal   text   `json:"refusal"`
	Data      text   `json:"data"`
	// Transcript goes with audio.
	Transcript text `json:"transcript"`
}

func (t *text) addPart(p textPart) {
	t.reasoning += p.Thinking.bytes() + p.Reasoning.bytes() + p.Summary.bytes() + p.Text.reasoning
	if p.Type == "thinking" || p.Type == "reasoning" {
		t.reasoning += p.Text.other
		return
	}
	t.other += p.Text.other + p.Content.bytes() + p.Refusal.bytes() + p.Transcript.bytes()
	if p.Type == "" { // audio, as bytes
		t.other += p.Data.bytes()
	}
}
