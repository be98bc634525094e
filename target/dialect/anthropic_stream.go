package dialect

import "weighbridge/target"

// anthropicEvent holds the fields read from a message's events. Event types other
// than those handled in read, such as ping, are skipped.
type anthropicEvent struct {
	Type    string            `json:"type"`
	Message *anthropicMessage `json:"message"`
	Delta   struct {
		Text       string  `json:"text"`
		Thinking   string  `json:"thinking"`
		StopReason *string `json:"stop_reason"`
	} `json:"delta"`
	Usage *anthropicUsage `json:"usage"`
	Error apiError        `json:"error"`
}

// anthropicStream collects what the events say about a message.
type anthropicStream struct {
	started bool
	stopped bool
	usage   anthropicUsage
}

func judgeAnthropicStream(body []byte) target.Outcome {
	var m anthropicStream
	content, failed := eventStream{body, "message_stop", m.read}.run()
	switch {
	case failed != nil:
		return *failed
	case !m.started:
		return *invalidStream("the stream has no message_start with a message")
	case !m.stopped:
		return *invalidStream("the stream has no message_delta with a stop_reason")
	case m.usage.Input == nil || m.usage.Output == nil:
		return *invalidStream("the stream has no usage")
	}
	out := success(m.usage.input(), *m.usage.Output)
	out.Content = content
	return out
}

func (m *anthropicStream) read(data []byte) (eventRole, *target.Outcome) {
	var e anthropicEvent
	if failed := decodeEvent(data, &e); failed != nil {
		return eventRole{}, failed
	}
	switch e.Type {
	case "error":
		return eventRole{}, errorEvent(e.Error)
	case "message_start":
		m.started = e.Message != nil
		if m.started && e.Message.Usage != nil {
			m.usage = *e.Message.Usage
		}
	case "content_block_delta":
		return eventRole{content: e.Delta.Text != "" || e.Delta.Thinking != ""}, nil
	case "message_delta":
		m.stopped = m.stopped || e.Delta.StopReason != nil
		if e.Usage != nil && e.Usage.Output != nil { // a running total: the last one counts
			m.usage.Output = e.Usage.Output
		}
	case "message_stop":
		return eventRole{last: true}, nil
	}
	return eventRole{}, nil
}
