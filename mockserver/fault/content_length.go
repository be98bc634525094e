package fault

// ContentLength declares a wrong Content-Length. If it is too large, the client waits for
// more bytes until the connection or the HTTP/2 stream ends. If it is too small, HTTP/1.1
// sends the surplus bytes before it closes the connection; on HTTP/2, where a server
// cannot send them, the length is too large by as many bytes instead. Both are malformed
// (RFC 9112, section 6.3; RFC 9113, section 8.1.1).
type ContentLength struct {
	When `yaml:",inline"`
	// Off is the number of bytes declared minus the number sent, -1000000000…1000000000; default 1.
	Off int `yaml:"off" check:"min=-1000000000,max=1000000000"`
}

// Apply sets the length, at least 0.
func (f ContentLength) Apply(r *Reply, _ Draw) {
	length := max(0, r.Size()+f.Off)
	if length == r.Size() {
		return
	}
	r.Length = length
	r.noteInjected("content_length")
}
