package dialect

import (
	"bytes"
	"encoding/json"
	"slices"

	"weighbridge/target"
)

// anthropicEvent holds the fields read from a message's events. Event types other
// than those handled in read, such as ping, are skipped.
type anthropicEvent struct {
	errorFields
	Type    string            `json:"type"`
	Message *anthropicMessage `json:"message"`
	Block   anthropicBlock    `json:"content_block"`
	Delta   struct {
		anthropicBlock
		PartialJSON text   `json:"partial_json"`
		StopReason  string `json:"stop_reason"`
	} `json:"delta"`
	Usage json.RawMessage `json:"usage"`
}

// anthropicBlock is a block of a message's content, or what an event adds to one.
type anthropicBlock struct {
	Type     string `json:"type"`
	Text     text   `json:"text"`
	Thinking text   `json:"thinking"`
	Name     text   `json:"name"` // of a tool
}

func (b anthropicBlock) generated() generated {
	return generated{reasoning: b.Thinking.bytes(), output: b.Text.bytes(), blank: b.Text.blank}
}

// hides reports whether the block is reasoning that the answer does not show.
func (b anthropicBlock) hides() bool {
	return b.Type == "redacted_thinking" || b.Type == "thinking" && b.Thinking.bytes() == 0
}

// anthropicStream collects what the events say about a message.
type anthropicStream struct {
	started bool
	reason  string
	usage   anthropicUsage
	// outdated says that more was generated after the last report of output tokens.
	outdated bool
	// hidden counts the blocks of thinking of which nothing was streamed.
	hidden int
	silent bool // the current block is one of thinking, and nothing of it came yet
}

func judgeAnthropicStream(body []byte, lenient bool) target.Outcome {
	var m anthropicStream
	content, failed := eventStream{body, "message_stop", lenient, m.read}.run()
	switch {
	case failed != nil:
		return *failed
	case !m.started:
		return *invalidStream("the stream has no message_start with a message")
	case m.reason == "" && !lenient:
		return *invalidStream("the stream has no message_delta with a stop_reason (target.stream_end: lenient accepts that)")
	}
	if m.outdated { // message_delta came early, and none with the total after it
		m.usage.Output = count{}
	}
	content.tellThoughts(body, anthropicSaidPart)
	return ended(content.outcome(m.usage.usage(), m.hidden > 0 || m.silent), m.reason, content.all)
}

func (m *anthropicStream) read(e event) (eventRole, *target.Outcome) {
	if e.reportsFailure() {
		return eventRole{}, namedError(e)
	}
	var a anthropicEvent
	if ok, failed := e.decode(&a, func(name string) bool { return slices.Contains(anthropicEvents(), name) }); !ok {
		return eventRole{}, failed
	}
	if reported, ok := a.reported(e.data); ok {
		return eventRole{}, errorEvent(reported)
	}
	if a.Type == "" {
		a.Type = e.name
	}
	switch a.Type {
	case "error":
		return eventRole{}, namedError(e)
	case "message_start":
		if m.started = a.Message != nil; m.started {
			m.usage.update(a.Message.Usage)
			m.usage.Output = count{} // of an answer that has not begun
		}
	case "content_block_start":
		role := m.begin(a.Block)
		m.outdated = m.outdated || role.any() || role.callBegan
		return role, nil
	case "content_block_delta":
		g := a.Delta.generated()
		g.output += a.Delta.PartialJSON.bytes()
		g.call = a.Delta.PartialJSON.bytes() > 0
		m.silent = m.silent && g.reasoning == 0
		m.outdated = m.outdated || g.any()
		return eventRole{generated: g}, nil
	case "message_delta":
		if a.Delta.StopReason != "" {
			m.reason = a.Delta.StopReason
		}
		if m.usage.update(a.Usage) {
			m.outdated = false
		}
	case "message_stop":
		return eventRole{last: true}, nil
	}
	return eventRole{}, nil
}

// begin reads the start of a block. Some gateways put the whole block into it.
func (m *anthropicStream) begin(b anthropicBlock) eventRole {
	if m.silent {
		m.hidden++
	}
	m.silent = b.hides()
	return eventRole{generated: b.generated(), callBegan: b.Name.bytes() > 0}
}

// anthropicEvents are the names of the events of a message; the data of any other is
// nobody's business.
func anthropicEvents() []string {
	return []string{
		"message", "message_start", "message_delta", "message_stop",
		"content_block_start", "content_block_delta", "content_block_stop",
	}
}

// isMessageStop reports whether the data of an event says that the message is complete.
func isMessageStop(data []byte) bool {
	var e struct {
		Type string `json:"type"`
	}
	return bytes.Contains(data, []byte("message_stop")) && json.Unmarshal(data, &e) == nil && e.Type == "message_stop"
}
