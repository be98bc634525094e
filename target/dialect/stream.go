package dialect

import (
	"encoding/json"

	"weighbridge/target"
)

// stream reads a dialect's events.
type stream struct {
	body []byte
	// ending is what an answer that is whole ends with, for messages.
	ending string
	// read takes an event's data: whether it carries content and whether it ends the
	// answer. What it finds wrong is the outcome's class and detail.
	read func(data []byte) (step, *target.Outcome)
}

// step is what an event is to a stream.
type step struct{ content, end bool }

// run reads the events up to the end of the answer; nil for no failure.
func (s stream) run() (content []int, wrong *target.Outcome) {
	for e := range events(s.body) {
		step, wrong := s.read(e.data)
		if wrong != nil {
			return nil, wrong
		}
		if step.content {
			content = append(content, e.end)
		}
		if step.end {
			return content, nil
		}
	}
	return nil, broken("the stream ended without %s", s.ending)
}

// broken is a contract that one prompt's stream broke.
func broken(format string, args ...any) *target.Outcome {
	out := failed(target.Contract, 1, format, args...)
	return &out
}

// decode reads an event's data.
func decode(data []byte, into any) *target.Outcome {
	if err := json.Unmarshal(data, into); err != nil {
		return broken("an event is not what the dialect has: %v", err)
	}
	return nil
}

// interrupted is the outcome of an error inside a stream.
func interrupted(e apiError) *target.Outcome {
	out := failed(e.class(), 1, "an error inside the stream: %s", e.Type)
	return &out
}
