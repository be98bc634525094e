package fault

// TruncateStream drops the last events of a stream, the one that says it is
// whole among them. Where the HTTP message ends properly, only a client that
// waits for that event can tell. Answers that are no stream are left alone.
type TruncateStream struct {
	When `yaml:",inline"`
	// Keep is the share of the events before the last that are sent, 0…1; default 0.5.
	Keep float64 `yaml:"keep" check:"min=0,max=1"`
	// End is how the HTTP message ends: clean, as if nothing were missing, or abrupt, on HTTP/1.1 with the connection and no last chunk, on HTTP/2 with RST_STREAM; default clean.
	End string `yaml:"end" check:"enum=clean|abrupt"`
}

// Spoil drops the events.
func (f TruncateStream) Spoil(r *Reply, _ Draw) {
	if !r.keepEvents(f.Keep) {
		return
	}
	if f.End == "abrupt" {
		r.End = EndAbrupt
	}
	r.dealt("truncate_stream")
}

// keepEvents leaves a share of the events before the last, and reports whether
// there was a stream to cut.
func (r *Reply) keepEvents(share float64) bool {
	if !r.Stream || len(r.Parts) == 0 {
		return false
	}
	end := r.end()
	if end == len(r.Parts) { // no event is marked as the last: any that is missing must do
		end--
	}
	cut := r.Size()
	r.Parts = r.Parts[:int(share*float64(end))]
	if cut -= r.Size(); r.Length >= 0 {
		r.Length -= cut
	}
	return true
}
