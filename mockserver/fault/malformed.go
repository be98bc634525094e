package fault

import (
	"bytes"
	"slices"
)

// Malformed sends invalid JSON, with the same length as the answer. In a stream, the data
// of one event is invalid.
type Malformed struct {
	When `yaml:",inline"`
}

// Apply breaks the body, or one event at random.
func (f Malformed) Apply(r *Reply, draw Draw) {
	var candidates []int // the parts that contain JSON
	for i, part := range r.Parts {
		if endOfJSON(part.Bytes, r.Stream) >= 0 {
			candidates = append(candidates, i)
		}
	}
	if len(candidates) == 0 {
		return
	}
	at := candidates[len(candidates)-1]
	if r.Stream {
		at = candidates[int(draw(0)*float64(len(candidates)))]
	}
	text := slices.Clone(r.Parts[at].Bytes)
	end := endOfJSON(text, r.Stream)
	text[end] = mismatchedBracket(text[end])
	r.Parts[at].Bytes = text
	r.noteInjected("malformed")
}

// endOfJSON returns the index of the last byte of a JSON text, -1 if there is none. In an event
// only an object counts: OpenAI's [DONE] is not JSON.
func endOfJSON(text []byte, event bool) int {
	if event {
		return bytes.LastIndexByte(text, '}')
	}
	return len(bytes.TrimRight(text, " \t\r\n")) - 1
}

// mismatchedBracket returns a bracket that makes valid JSON invalid when it replaces the
// last byte b.
func mismatchedBracket(b byte) byte {
	if b == '}' {
		return ']'
	}
	return '}'
}
