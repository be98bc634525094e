package dialect

import "weighbridge/target"

// openaiChunk holds the fields read from the chunks of a completion.
type openaiChunk struct {
	Choices []struct {
		Delta struct {
			Content string `json:"content"`
			// Reasoning is the field in which some servers stream the model's reasoning.
			Reasoning string `json:"reasoning_content"`
		} `json:"delta"`
		FinishReason *string `json:"finish_reason"`
	} `json:"choices"`
	Usage *openaiUsage `json:"usage"`
	Error *apiError    `json:"error"`
}

// openaiStream collects what the chunks say about a completion.
type openaiStream struct {
	finished bool
	usage    *openaiUsage
}

func judgeOpenAIStream(body []byte) target.Outcome {
	var c openaiStream
	content, failed := eventStream{body, "[DONE]", c.read}.run()
	switch {
	case failed != nil:
		return *failed
	case !c.finished:
		return *invalidStream("the stream has no finish_reason")
	}
	out := c.usage.outcome()
	out.Content = content
	return out
}

func (c *openaiStream) read(data []byte) (eventRole, *target.Outcome) {
	if string(data) == "[DONE]" {
		return eventRole{last: true}, nil
	}
	var e openaiChunk
	if failed := decodeEvent(data, &e); failed != nil {
		return eventRole{}, failed
	}
	if e.Error != nil {
		return eventRole{}, errorEvent(*e.Error)
	}
	if e.Usage != nil {
		c.usage = e.Usage
	}
	if len(e.Choices) == 0 {
		return eventRole{}, nil
	}
	first := e.Choices[0]
	c.finished = c.finished || first.FinishReason != nil
	return eventRole{content: first.Delta.Content != "" || first.Delta.Reasoning != ""}, nil
}
