package fault

// StreamError breaks a stream off with an error event in the dialect's words,
// inside an answer whose status is 200 already. The HTTP message ends properly.
// Answers that are no stream, and dialects without such an event, are left alone.
type StreamError struct {
	When `yaml:",inline"`
	// Keep is the share of the events before the last that are sent before the error, 0…1; default 0.5.
	Keep float64 `yaml:"keep" check:"min=0,max=1"`
}

// Spoil puts the error in the place of the rest.
func (f StreamError) Spoil(r *Reply, _ Draw) {
	if r.Failure == nil || !r.keepEvents(f.Keep) {
		return
	}
	r.Parts = append(r.Parts, Part{Bytes: r.Failure})
	if r.Length >= 0 {
		r.Length += len(r.Failure)
	}
	r.dealt("stream_error")
}
