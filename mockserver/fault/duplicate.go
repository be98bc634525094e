package fault

// Duplicate sends the answer twice. In a stream, each event with text is sent twice. Any
// other answer is sent twice on an HTTP/1.1 connection, which is then closed; on an
// HTTP/2 stream, which holds one answer, its body is sent twice. A client that at once
// sends its next request on the connection may take the second answer for the answer to
// that request, which then is not in the ledger.
type Duplicate struct {
	When `yaml:",inline"`
}

// Apply doubles the events or the answer.
func (f Duplicate) Apply(r *Reply, _ Draw) {
	if !r.Stream {
		r.Twice = true
		r.noteInjected("duplicate")
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
	r.noteInjected("duplicate")
}
