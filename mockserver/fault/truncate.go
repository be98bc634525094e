package fault

// Truncate ends a body before its end, though its Content-Length was declared.
// HTTP/1.1 closes the connection, HTTP/2 ends the stream; without a declared
// length HTTP/1.1 shows it by the missing last chunk (RFC 9112, section 7.1)
// and HTTP/2 by nothing.
type Truncate struct {
	When `yaml:",inline"`
	// Keep is the share of the body's bytes that are sent, 0…1, at least one is not; default 0.5.
	Keep float64 `yaml:"keep" check:"min=0,max=1"`
}

// Spoil cuts the body.
func (f Truncate) Spoil(r *Reply, _ Draw) {
	size := r.Size()
	if size == 0 {
		return
	}
	r.keep(min(int(f.Keep*float64(size)), size-1))
	r.End = EndCut
	r.dealt("truncate")
}
