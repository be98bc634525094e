package fault

import (
	"bytes"
	"slices"
)

// Malformed sends JSON that does not parse, of the same length as what would
// have been sent. In a stream the data of one event is broken.
type Malformed struct {
	When `yaml:",inline"`
}

// Spoil breaks the body, or one event that the draw picks.
func (f Malformed) Spoil(r *Reply, draw Draw) {
	var broken []int // the parts that can be
	for i, part := range r.Parts {
		if closing(part.Bytes, r.Stream) >= 0 {
			broken = append(broken, i)
		}
	}
	if len(broken) == 0 {
		return
	}
	at := broken[len(broken)-1]
	if r.Stream {
		at = broken[int(draw(0)*float64(len(broken)))]
	}
	text := slices.Clone(r.Parts[at].Bytes)
	end := closing(text, r.Stream)
	text[end] = unmatched(text[end])
	r.Parts[at].Bytes = text
	r.dealt("malformed")
}

// closing is where a JSON text ends, -1 where there is none. An event's data
// counts only if it is an object: [DONE] of OpenAI is no JSON.
func closing(text []byte, event bool) int {
	if event {
		return bytes.LastIndexByte(text, '}')
	}
	return len(bytes.TrimRight(text, " \t\r\n")) - 1
}

// unmatched is a bracket that nothing which ended in b can end in: } needs a {,
// and ] a [.
func unmatched(b byte) byte {
	if b == '}' {
		return ']'
	}
	return '}'
}
