package fault

import (
	"net"
	"net/http"
)

// Reset resets the connection with TCP RST on HTTP/1.1. On HTTP/2 it resets only the
// stream, with RST_STREAM and INTERNAL_ERROR, so as not to affect other streams.
type Reset struct {
	When `yaml:",inline"`
	// At is when the reset comes: before_headers, after_headers, or mid_body, which is after half of the body; default before_headers.
	At string `yaml:"at" check:"enum=before_headers|after_headers|mid_body"`
}

// Apply makes the reply end in a reset.
func (f Reset) Apply(r *Reply, _ Draw) {
	r.resetAt(f.At, InternalError)
	r.noteInjected("reset")
}

// resetAt makes the reply end in a reset at the given place; "" is before_headers.
func (r *Reply) resetAt(at string, code Code) {
	switch at {
	case "after_headers":
		r.Parts = nil
	case "mid_body":
		r.keepBytes((r.Size() + 1) / 2)
	default:
		r.Status, r.Parts = 0, nil
	}
	r.End, r.Code, r.Twice = EndReset, code, false
}

// Abort aborts an exchange and does not return. On HTTP/1.1 it resets the connection with
// TCP RST, on HTTP/2 only the stream, with RST_STREAM.
func Abort(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			resetConnection(conn)
		} // if it cannot be hijacked, the panic aborts the answer
	}
	// net/http's way to abort an answer; it is not logged.
	panic(http.ErrAbortHandler)
}

// resetConnection closes the TCP connection so that the kernel sends RST instead of FIN.
// It bypasses TLS, which would send a close_notify first.
func resetConnection(conn net.Conn) {
	for {
		layer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = layer.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only if the connection is closed already
	}
	_ = conn.Close()
}
