package dialect

import (
	"encoding/json"

	"weighbridge/target"
)

// eventStream reads a response that arrives as server-sent events.
type eventStream struct {
	body []byte
	// lastEvent names the event that ends a complete response, for messages.
	lastEvent string
	// read interprets the data of one event. The outcome is nil unless the event
	// makes the response a failure.
	read func(data []byte) (eventRole, *target.Outcome)
}

// eventRole says whether an event carries content and whether it is the last one.
type eventRole struct{ content, last bool }

// run reads the events up to the last one and returns the offset at which each piece
// of content ends in the body. The outcome is nil unless the response is a failure.
func (s eventStream) run() (content []int, failed *target.Outcome) {
	for e := range events(s.body) {
		role, failed := s.read(e.data)
		if failed != nil {
			return nil, failed
		}
		if role.content {
			content = append(content, e.end)
		}
		if role.last {
			return content, nil
		}
	}
	return nil, invalidStream("the stream ended without %s", s.lastEvent)
}

// invalidStream is the outcome of a stream that violates the dialect.
func invalidStream(format string, args ...any) *target.Outcome {
	out := failure(target.Contract, 1, format, args...)
	return &out
}

// decodeEvent unmarshals an event's data; the outcome is nil unless that fails.
func decodeEvent(data []byte, into any) *target.Outcome {
	if err := json.Unmarshal(data, into); err != nil {
		return invalidStream("an event has invalid data: %v", err)
	}
	return nil
}

// errorEvent is the outcome of a stream that reports an error.
func errorEvent(e apiError) *target.Outcome {
	out := failure(e.class(), 1, "the stream reported an error: %s", e.Type)
	return &out
}
