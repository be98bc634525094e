package dialect

import "weighbridge/target"

// openaiChunk is an event of a completion's stream, as far as it is read.
type openaiChunk struct {
	Choices []struct {
		Delta struct {
			Content string `json:"content"`
			// Reasoning is what some servers call the thinking before an answer.
			Reasoning string `json:"reasoning_content"`
		} `json:"delta"`
		FinishReason *string `json:"finish_reason"`
	} `json:"choices"`
	Usage *openaiUsage `json:"usage"`
	Error *apiError    `json:"error"`
}

// openaiStream is a completion as its chunks tell of it.
type openaiStream struct {
	finished bool
	usage    openaiUsage
}

func judgeOpenAIStream(body []byte) target.Outcome {
	var c openaiStream
	content, wrong := stream{body, "[DONE]", c.read}.run()
	switch {
	case wrong != nil:
		return *wrong
	case !c.finished:
		return *broken("the stream has no finish_reason")
	}
	return target.Outcome{InputTokens: c.usage.Input, OutputTokens: c.usage.Output, Content: content}
}

func (c *openaiStream) read(data []byte) (step, *target.Outcome) {
	if string(data) == "[DONE]" {
		return step{end: true}, nil
	}
	var e openaiChunk
	if wrong := decode(data, &e); wrong != nil {
		return step{}, wrong
	}
	if e.Error != nil {
		return step{}, interrupted(*e.Error)
	}
	if e.Usage != nil {
		c.usage = *e.Usage
	}
	if len(e.Choices) == 0 {
		return step{}, nil
	}
	first := e.Choices[0]
	c.finished = c.finished || first.FinishReason != nil
	return step{content: first.Delta.Content != "" || first.Delta.Reasoning != ""}, nil
}
