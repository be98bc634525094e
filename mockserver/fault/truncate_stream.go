package fault

// TruncateStream drops the last events of a stream, including the terminal one. If the
// HTTP message ends properly, only clients that check for the terminal event notice. It
// does not apply to answers that are not streams.
type TruncateStream struct {
	When `yaml:",inline"`
	// Keep is the share of the events, not counting the last, that are sent, 0…1; default 0.5.
	Keep float64 `yaml:"keep" check:"min=0,max=1"`
	// End is how the HTTP message ends: clean, as if it were complete, or abrupt, on HTTP/1.1 by closing the connection without the last chunk, on HTTP/2 by RST_STREAM; default clean.
	End string `yaml:"end" check:"enum=clean|abrupt"`
}

// Apply drops the last events.
func (f TruncateStream) Apply(r *Reply, _ Draw) {
	if !r.keepEvents(f.Keep) {
		return
	}
	if f.End == "abrupt" {
		r.End = EndAbrupt
	}
	r.noteInjected("truncate_stream")
}

// keepEvents keeps a share of the events before the terminal one and drops the others. It
// reports whether the reply is a stream with events.
func (r *Reply) keepEvents(share float64) bool {
	if !r.Stream || len(r.Parts) == 0 {
		return false
	}
	end := r.terminalIndex()
	if end == len(r.Parts) { // without a terminal event, drop at least the last one
		end--
	}
	dropped := r.Size()
	r.Parts = r.Parts[:int(share*float64(end))]
	if dropped -= r.Size(); r.Length >= 0 {
		r.Length -= dropped
	}
	return true
}
