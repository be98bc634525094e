package fault

// ContentLength declares another length than is sent. With more declared the
// client waits for bytes until the connection, or the HTTP/2 stream, ends; with
// fewer, HTTP/1.1 leaves the rest on the connection before closing it, and
// HTTP/2, where the server cannot send them, declares as many more instead.
// Either is malformed (RFC 9112, section 6.3; RFC 9113, section 8.1.1).
type ContentLength struct {
	When `yaml:",inline"`
	// Off is how many bytes more are declared than are sent, fewer when negative; default 1.
	Off int `yaml:"off"`
}

// Spoil sets the length; one below nothing is nothing.
func (f ContentLength) Spoil(r *Reply, _ Draw) {
	length := max(0, r.Size()+f.Off)
	if length == r.Size() {
		return
	}
	r.Length = length
	r.dealt("content_length")
}
