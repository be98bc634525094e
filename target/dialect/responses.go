package dialect

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"weighbridge/target"
)

// responses is OpenAI's Responses API, answered as JSON or as an event stream.
type responses struct {
	requests *responsesRequests
	stream   bool
	// lenient accepts streams without their last event, and responses without a status.
	lenient bool
}

// Request builds the request for one prompt.
func (r responses) Request(ctx context.Context, base *url.URL, prompts []string, maxTokens int) (*http.Request, error) {
	return r.requests.build(ctx, base, conversation(prompts[0]), maxTokens)
}

// RequestTurns builds the request for a conversation.
func (r responses) RequestTurns(ctx context.Context, base *url.URL, c target.Conversation, maxTokens int) (*http.Request, error) {
	return r.requests.build(ctx, base, c, maxTokens)
}

// responsesResponse holds the fields read from a response.
type responsesResponse struct {
	errorFields
	Status     string          `json:"status"`
	Output     []responsesItem `json:"output"`
	Usage      json.RawMessage `json:"usage"`
	Incomplete struct {
		Reason string `json:"reason"`
	} `json:"incomplete_details"`
}

// generated is what the response's items hold.
func (r responsesResponse) generated() (all generated) {
	for _, item := range r.Output {
		all.add(item.generated())
	}
	return all
}

// outcome finishes the outcome of the response, by its status.
func (r responsesResponse) outcome(out target.Outcome, content generated) target.Outcome {
	switch r.Status {
	case responseFailed:
		return errorInside(r.failure(), 1)
	case responseCancelled:
		return ended(out, r.Status, content)
	case "queued", "in_progress":
		return failure(target.Contract, 1, "the response has the status %s: expected one that is complete (a request with background: true is answered at once)", r.Status)
	}
	return ended(out, cmp.Or(r.Incomplete.Reason, r.Status), content)
}

// failure is why the response failed.
func (r responsesResponse) failure() apiError {
	e := apiError{Message: "the response failed"}
	if reportsError(r.Error) {
		_ = e.UnmarshalJSON(r.Error)
	}
	return e
}

// Statuses of a response.
const (
	responseCompleted  = "completed"
	responseIncomplete = "incomplete"
	responseFailed     = "failed"
	responseCancelled  = "cancelled"
)

// responsesItem is an item of a response's output: a message, reasoning, or a call of a tool.
type responsesItem struct {
	Type      string `json:"type"`
	Content   text   `json:"content"`
	Summary   text   `json:"summary"`
	Name      text   `json:"name"` // of a function or a custom tool
	Arguments text   `json:"arguments"`
	Input     text   `json:"input"`
	Code      text   `json:"code"`
	// refused says that a part of the content is a refusal.
	refused bool
}

// UnmarshalJSON reads an item, or whatever stands in its place, which is none.
func (i *responsesItem) UnmarshalJSON(raw []byte) error {
	type fields responsesItem
	var item fields
	if unmarshal(raw, &item) != nil {
		item = fields{}
	}
	*i = responsesItem(item)
	var content struct {
		Parts []struct {
			Type string `json:"type"`
		} `json:"content"`
	}
	_ = json.Unmarshal(raw, &content)
	for _, part := range content.Parts {
		i.refused = i.refused || part.Type == "refusal"
	}
	return nil
}

func (i responsesItem) generated() generated {
	if i.Type == "reasoning" { // its content and its summary tell the same
		return generated{reasoning: max(i.Content.bytes(), i.Summary.bytes())}
	}
	calls := i.Name.bytes() + i.Arguments.bytes() + i.Input.bytes() + i.Code.bytes()
	return generated{
		reasoning: i.Content.reasoning, output: i.Content.other + calls, refusal: i.refused, call: calls > 0,
	}
}

// calls reports whether the item is a call of a tool.
func (i responsesItem) calls() bool { return i.Name.bytes() > 0 }

// Streams reports whether the dialect requests event streams.
func (r responses) Streams() bool { return r.stream }

// Ended reports whether the body has the event that ends a response, or an error.
func (r responses) Ended(body []byte, from int) bool {
	return hasLine(body, from, `"response.`, isResponseEnd) || hasLine(body, from, "[DONE]", isDone) || hasLine(body, from, `"error"`, isResponseError)
}

// Judge reads the response, or the events of its stream.
func (r responses) Judge(status int, header http.Header, body []byte, prompts int) target.Outcome {
	if out, failed := headFailure(status, header, body, prompts); failed {
		return out
	}
	if r.stream {
		return withType(judgeResponsesStream(body, r.lenient), header, typeEvents)
	}
	return withType(r.judgeResponse(body, prompts), header, typeJSON)
}

func (r responses) judgeResponse(body []byte, prompts int) target.Outcome {
	var whole responsesResponse
	if err := unmarshal(body, &whole); err != nil {
		if e, ok := errorInBody(body); ok { // in a list
			return errorInside(e, prompts)
		}
		return failure(target.Contract, prompts, "the body is not a response: %v", err)
	}
	if e, ok := whole.reported(body); ok && whole.Status != responseFailed {
		return errorInside(e, prompts)
	}
	switch {
	case whole.Status == "" && !r.lenient:
		return failure(target.Contract, prompts, "the response has no status")
	case whole.Output == nil && whole.Status != responseFailed:
		return failure(target.Contract, prompts, "the response has no output")
	}
	var reported responsesUsage
	reported.update(whole.Usage)
	content := whole.generated()
	var out target.Outcome
	reported.usage().report(&out, content)
	return whole.outcome(out, content)
}
