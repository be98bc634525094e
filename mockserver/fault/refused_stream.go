package fault

// RefusedStream aborts an HTTP/2 stream with REFUSED_STREAM and no answer, which
// says that nothing was done, so that a client may ask again by itself (RFC
// 9113, section 8.7); Go's does. HTTP/1.1 has no streams: its connection is reset.
type RefusedStream struct {
	When `yaml:",inline"`
}

// Spoil refuses the request.
func (f RefusedStream) Spoil(r *Reply, _ Draw) {
	r.resetAt("before_headers", StreamRefused)
	r.dealt("refused_stream")
}
