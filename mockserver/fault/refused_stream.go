package fault

// RefusedStream aborts an HTTP/2 stream with REFUSED_STREAM and no answer. This code says
// that the request was not processed, so that clients may retry it automatically (RFC
// 9113, section 8.7), as Go's does. On HTTP/1.1 the connection is reset.
type RefusedStream struct {
	When `yaml:",inline"`
}

// Apply refuses the request.
func (f RefusedStream) Apply(r *Reply, _ Draw) {
	r.resetAt("before_headers", StreamRefused)
	r.noteInjected("refused_stream")
}
