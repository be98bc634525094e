package fault

import (
	"net"
	"net/http"
)

// Reset resets the connection: TCP RST on HTTP/1.1, RST_STREAM with
// INTERNAL_ERROR on HTTP/2, as other streams of the connection are not to suffer.
type Reset struct {
	When `yaml:",inline"`
	// At is where the answer breaks off: before_headers, after_headers, or mid_body, after half the bytes; default before_headers.
	At string `yaml:"at" check:"enum=before_headers|after_headers|mid_body"`
}

// Spoil ends the reply in a reset.
func (f Reset) Spoil(r *Reply, _ Draw) {
	r.resetAt(f.At, InternalError)
	r.dealt("reset")
}

// resetAt breaks the reply off at a place by its name; "" is before the header.
func (r *Reply) resetAt(at string, code Code) {
	switch at {
	case "after_headers":
		r.Parts = nil
	case "mid_body":
		r.keep((r.Size() + 1) / 2)
	default:
		r.Status, r.Parts = 0, nil
	}
	r.End, r.Code, r.Twice = EndReset, code, false
}

// Abort ends an exchange where it stands and does not return: HTTP/1.1
// connections get a TCP RST, HTTP/2 streams an RST_STREAM, as other streams of
// the connection are not to suffer.
func Abort(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
			resetConnection(conn)
		} // otherwise it has no connection of its own: the panic aborts what there is
	}
	// net/http's word for ending an answer at once; it is not logged.
	panic(http.ErrAbortHandler)
}

// resetConnection closes the TCP connection so that the kernel sends RST in
// place of FIN. It goes round layers above TCP, as TLS would say goodbye.
func resetConnection(conn net.Conn) {
	for {
		layer, ok := conn.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		conn = layer.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only on a connection that is gone already
	}
	_ = conn.Close()
}
