package fault

// Goaway tells the client to open no more requests on the connection: GOAWAY
// with NO_ERROR on HTTP/2 (RFC 9113, section 6.8), beside the answer; on
// HTTP/1.1 Connection: close, and the connection is closed after the answer.
type Goaway struct {
	When `yaml:",inline"`
}

// Spoil sets the header that net/http takes for both.
func (f Goaway) Spoil(r *Reply, _ Draw) {
	r.set("Connection", "close")
	r.dealt("goaway")
}
