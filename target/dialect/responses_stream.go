package dialect

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"

	"weighbridge/target"
)

// responsesEvent holds the fields read from the events of a response.
type responsesEvent struct {
	errorFields
	Type     string             `json:"type"`
	Response *responsesResponse `json:"response"`
	Item     responsesItem      `json:"item"`
	Delta    text               `json:"delta"`
	// Text, Refusal and Arguments repeat what the deltas brought, in events whose names end in done.
	Text      text `json:"text"`
	Refusal   text `json:"refusal"`
	Arguments text `json:"arguments"`
}

// responsesStream collects what the events say about a response.
type responsesStream struct {
	final *responsesResponse
	// seen is what came so far. Servers that do not stream bring all at the end.
	seen generated
	// hidden says that there was an item of reasoning of which nothing was streamed.
	hidden bool
	// reasoned is the bytes of reasoning before the current item.
	reasoned int
	any      bool // of the response's events came
}

func judgeResponsesStream(body []byte, lenient bool) target.Outcome {
	var r responsesStream
	content, failed := eventStream{body, "response.completed", lenient, r.read}.run()
	switch {
	case failed != nil:
		return *failed
	case !r.any:
		return *invalidStream("the stream has no events of a response")
	case r.final == nil && !lenient:
		return *invalidStream("the stream ended without response.completed (target.stream_end: lenient accepts that)")
	case r.final == nil:
		r.final = &responsesResponse{}
	}
	content.tellThoughts(body, responsesSaidPart)
	var reported responsesUsage
	reported.update(r.final.Usage)
	return r.final.outcome(content.outcome(reported.usage(), r.hidden), content.all)
}

func (r *responsesStream) read(e event) (eventRole, *target.Outcome) {
	if isDone(e.data) { // of gateways
		return eventRole{last: true}, nil
	}
	if e.reportsFailure() {
		return eventRole{}, namedError(e)
	}
	var event responsesEvent
	known := func(name string) bool { return strings.HasPrefix(name, "response.") || name == "message" }
	if ok, failed := e.decode(&event, known); !ok {
		return eventRole{}, failed
	}
	if reported, ok := event.reported(e.data); ok {
		return eventRole{}, errorEvent(reported)
	}
	kind := cmp.Or(event.Type, e.name)
	if kind == "error" {
		return eventRole{}, namedError(e)
	}
	if !strings.HasPrefix(kind, "response.") {
		return eventRole{}, nil
	}
	r.any = true
	role := r.interpret(kind, event)
	r.seen.add(role.generated)
	return role, nil
}

// interpret returns the role of an event. What an event repeats of those before it is nothing new.
func (r *responsesStream) interpret(kind string, e responsesEvent) eventRole {
	switch {
	case kind == "response.output_item.added":
		r.reasoned = r.seen.reasoning
		return eventRole{callBegan: e.Item.calls()}
	case kind == "response.output_item.done":
		role := eventRole{generated: r.unseen(e.Item.generated())}
		r.hidden = r.hidden || e.Item.Type == "reasoning" && role.reasoning == 0 && r.seen.reasoning == r.reasoned
		return role
	case strings.HasSuffix(kind, ".delta"):
		return eventRole{generated: ofKind(kind, e.Delta)}
	case strings.HasSuffix(kind, ".done"):
		return eventRole{generated: r.unseen(ofKind(kind, firstText(e.Text, e.Refusal, e.Arguments)))}
	case endStatus(kind) != "":
		return r.end(endStatus(kind), e.Response)
	}
	return eventRole{}
}

// end takes the last event: a response whose status some servers leave out.
func (r *responsesStream) end(status string, response *responsesResponse) eventRole {
	if response == nil {
		response = &responsesResponse{}
	}
	if response.Status == "" || status == responseFailed { // vLLM has response.completed for incomplete ones
		response.Status = status
	}
	r.final = response
	return eventRole{generated: r.unseen(response.generated()), last: true}
}

// unseen is what of a repetition did not come before: all of a kind, or nothing.
func (r *responsesStream) unseen(g generated) generated {
	if r.seen.reasoning > 0 {
		g.reasoning = 0
	}
	if r.seen.output > 0 {
		g.output, g.call = 0, false
	}
	return g
}

// ofKind is the text of an event by the name of the event. The text of one that is not known
// is nobody's business.
func ofKind(kind string, t text) generated {
	has := func(part string) bool { return strings.Contains(kind, part) }
	switch {
	case has("reasoning"):
		return generated{reasoning: t.bytes()}
	case has("refusal"):
		return generated{output: t.bytes(), refusal: t.bytes() > 0}
	case has("output_text"), has("audio"):
		return generated{output: t.bytes(), blank: t.blank}
	case has("call"):
		return generated{output: t.bytes(), call: t.bytes() > 0}
	}
	return generated{}
}

// firstText is the first of the texts that is not empty.
func firstText(texts ...text) text {
	for _, t := range texts {
		if t.bytes() > 0 {
			return t
		}
	}
	return text{}
}

// endStatus is the status of the response that an event ends, by the event's name; "" if it ends
// none.
func endStatus(kind string) string {
	switch status := strings.TrimPrefix(kind, "response."); status {
	case responseCompleted, responseIncomplete, responseFailed, responseCancelled:
		return status
	}
	return ""
}

// isResponseEnd reports whether the data of an event says that the response is complete.
func isResponseEnd(data []byte) bool {
	var e struct {
		Type string `json:"type"`
	}
	for _, status := range []string{responseCompleted, responseIncomplete, responseFailed, responseCancelled} {
		if bytes.Contains(data, []byte(`"response.`+status+`"`)) {
			return json.Unmarshal(data, &e) == nil && endStatus(e.Type) != ""
		}
	}
	return false
}

// isResponseError reports whether the data of an event reports an error, in the form of this API
// or of another.
func isResponseError(data []byte) bool {
	var e struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(data, &e) == nil && e.Type == "error" || isError(data)
}
