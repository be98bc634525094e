package fault

// Duplicate answers twice. A stream has every event that carries text twice;
// any other answer is sent twice as a whole on an HTTP/1.1 connection, which is
// then closed, and its body twice on an HTTP/2 stream, which holds one answer. A
// client that sends its next request on the connection at once may take the second
// answer for that one's, of which the ledger then knows nothing.
type Duplicate struct {
	When `yaml:",inline"`
}

// Spoil doubles the events, or the answer.
func (f Duplicate) Spoil(r *Reply, _ Draw) {
	if !r.Stream {
		r.Twice = true
		r.dealt("duplicate")
		return
	}
	var doubled []Part
	for _, part := range r.Parts {
		doubled = append(doubled, part)
		if part.Content {
			part.Wait = 0
			doubled = append(doubled, part)
		}
	}
	if len(doubled) == len(r.Parts) {
		return
	}
	before := r.Size()
	r.Parts = doubled
	if r.Length >= 0 {
		r.Length += r.Size() - before
	}
	r.dealt("duplicate")
}
