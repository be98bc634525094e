package fault

// Truncate sends only the first part of the body, but declares its full Content-Length.
// Then HTTP/1.1 closes the connection, and HTTP/2 ends the stream. If no length is
// declared, clients notice by the missing last chunk on HTTP/1.1 (RFC 9112, section 7.1),
// and not at all on HTTP/2.
type Truncate struct {
	When `yaml:",inline"`
	// Keep is the share of the body's bytes that are sent, 0…1; at least one byte is not sent; default 0.5.
	Keep float64 `yaml:"keep" check:"min=0,max=1"`
}

// Apply truncates the body.
func (f Truncate) Apply(r *Reply, _ Draw) {
	size := r.Size()
	if size == 0 {
		return
	}
	r.keepBytes(min(int(f.Keep*float64(size)), size-1))
	r.End = EndTruncated
	r.noteInjected("truncate")
}
