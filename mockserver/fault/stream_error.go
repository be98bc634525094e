package fault

// StreamError ends a stream early with the dialect's error event, although the status is
// already 200. The HTTP message ends properly. It does not apply to answers that are not
// streams, nor to dialects without such an event.
type StreamError struct {
	When `yaml:",inline"`
	// Keep is the share of the events, not counting the last, that are sent before the error, 0…1; default 0.5.
	Keep float64 `yaml:"keep" check:"min=0,max=1"`
}

// Apply replaces the remaining events by the error event.
func (f StreamError) Apply(r *Reply, _ Draw) {
	if r.Failure == nil || !r.keepEvents(f.Keep) {
		return
	}
	event := r.Failure(len(r.Parts))
	r.Parts = append(r.Parts, Part{Bytes: event})
	if r.Length >= 0 {
		r.Length += len(event)
	}
	r.noteInjected("stream_error")
}
