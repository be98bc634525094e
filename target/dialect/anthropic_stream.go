package dialect

import "weighbridge/target"

// anthropicEvent is an event of a message's stream, as far as it is read. Others,
// pings among them, are skipped.
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

// anthropicStream is a message as its events tell of it.
type anthropicStream struct {
	started bool
	stopped bool
	usage   anthropicUsage
}

func judgeAnthropicStream(body []byte) target.Outcome {
	var m anthropicStream
	content, wrong := stream{body, "message_stop", m.read}.run()
	switch {
	case wrong != nil:
		return *wrong
	case !m.started || !m.stopped:
		return *broken("the stream tells of no message and its end")
	case m.usage.Input == nil || m.usage.Output == nil:
		return *broken("the stream has no usage")
	}
	return target.Outcome{InputTokens: m.usage.input(), OutputTokens: *m.usage.Output, Content: content}
}

func (m *anthropicStream) read(data []byte) (step, *target.Outcome) {
	var e anthropicEvent
	if wrong := decode(data, &e); wrong != nil {
		return step{}, wrong
	}
	switch e.Type {
	case "error":
		return step{}, interrupted(e.Error)
	case "message_start":
		m.started = e.Message != nil
		if m.started && e.Message.Usage != nil {
			m.usage = *e.Message.Usage
		}
	case "content_block_delta":
		return step{content: e.Delta.Text != "" || e.Delta.Thinking != ""}, nil
	case "message_delta":
		m.stopped = m.stopped || e.Delta.StopReason != nil
		if e.Usage != nil && e.Usage.Output != nil { // it counts up: the last one holds
			m.usage.Output = e.Usage.Output
		}
	case "message_stop":
		return step{end: true}, nil
	}
	return step{}, nil
}
