package fault

// Goaway tells the client to send no more requests on the connection: on HTTP/2 by a
// GOAWAY frame with NO_ERROR besides the answer (RFC 9113, section 6.8); on HTTP/1.1 by
// Connection: close, and the connection is closed after the answer.
type Goaway struct {
	When `yaml:",inline"`
}

// Apply sets Connection: close, which net/http translates into GOAWAY on HTTP/2.
func (f Goaway) Apply(r *Reply, _ Draw) {
	r.setHeader("Connection", "close")
	r.noteInjected("goaway")
}
