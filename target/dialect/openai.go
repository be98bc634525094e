package dialect

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// openai is OpenAI's Chat Completions API, which many servers implement, answered as JSON or
// as an event stream.
type openai struct {
	requests *openaiRequests
	stream   bool
	// lenient accepts streams and completions without an end.
	lenient bool
}

// Request builds the request for one prompt.
func (o openai) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	return o.requests.build(ctx, base, conversation(prompts[0]), maxTokens)
}

// RequestTurns builds the request for a conversation.
func (o openai) RequestTurns(ctx context.Context, base *url.URL, c target.Conversation, maxTokens int) (*http.Request, error) {
	return o.requests.build(ctx, base, c, maxTokens)
}

type openaiCompletion struct {
	errorFields
	Choices []openaiChoice  `json:"choices"`
	Usage   json.RawMessage `json:"usage"`
}

type openaiChoice struct {
	Message *openaiDelta `json:"message"`
	// Text stands in place of the message in answers of the older Completions API.
	Text         *text           `json:"text"`
	FinishReason string          `json:"finish_reason"`
	Error        json.RawMessage `json:"error"`
}

// generated is what the choice holds of the model's text.
func (c openaiChoice) generated() (g generated) {
	if c.Message != nil {
		g = c.Message.generated()
	}
	if c.Text != nil {
		g.output += c.Text.bytes()
	}
	return g
}

// missingField names the first required field that the completion lacks; "" if none.
// Not every server reports usage: without it, no tokens are counted.
func (c openaiCompletion) missingField(lenient bool) string {
	switch {
	case len(c.Choices) == 0:
		return "choices"
	case c.Choices[0].Message == nil && c.Choices[0].Text == nil:
		return "message"
	case c.Choices[0].FinishReason == "" && !lenient:
		return "finish_reason"
	}
	return ""
}

// Streams reports whether the dialect requests event streams.
func (o openai) Streams() bool { return o.stream }

// Ended reports whether the body has [DONE], or an error.
func (o openai) Ended(body []byte, from int) bool {
	return hasLine(body, from, "[DONE]", isDone) || hasLine(body, from, `"error"`, isError)
}

// Judge reads the completion, or the chunks of its stream.
func (o openai) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, failed := headFailure(status, header, body, prompts); failed {
		return out
	}
	if o.stream {
		return withType(judgeOpenAIStream(body, o.lenient), header, typeEvents)
	}
	return withType(o.judgeCompletion(body, prompts), header, typeJSON)
}

func (o openai) judgeCompletion(body []byte, prompts int) target.Outcome {
	var c openaiCompletion
	if err := unmarshal(body, &c); err != nil {
		if e, ok := errorInBody(body); ok { // in a list
			return errorInside(e, prompts)
		}
		return failure(target.Contract, prompts, "the response is not a completion: %v", err)
	}
	if e, ok := c.reported(body); ok {
		return errorInside(e, prompts)
	}
	if len(c.Choices) > 0 && reportsError(c.Choices[0].Error) {
		return errorInside(errorOf(c.Choices[0].Error), prompts)
	}
	if missing := c.missingField(o.lenient); missing != "" {
		said := ""
		if words := lastWords(body); words != "" {
			said = fmt.Sprintf(": it says %q", oneSpaced(words))
		}
		return failure(target.Contract, prompts, "the completion has no %s%s", missing, said)
	}
	var reported openaiUsage
	reported.update(c.Usage)
	content := c.Choices[0].generated()
	var out target.Outcome
	reported.usage().report(&out, content)
	return ended(out, c.Choices[0].FinishReason, content)
}
