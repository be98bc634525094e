package fault

import (
	"crypto/tls"
	"net"
	"net/http"
)

// Reset picks the attempts whose connection is reset.
type Reset struct {
	stream Stream
	share  float64
}

// NewReset returns the fault; share is of attempts, 0…1.
func NewReset(seed uint64, share float64) Reset {
	return Reset{NewStream(seed, "reset"), share}
}

// Hits reports whether an attempt is reset.
func (f Reset) Hits(attempt uint64) bool { return f.stream.At(attempt) < f.share }

// Abort ends an exchange without an answer and does not return: HTTP/1.1
// connections get a TCP RST, HTTP/2 streams an RST_STREAM, as other streams of
// the connection are not to suffer.
func Abort(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		resetConnection(w)
	}
	// net/http's word for ending an answer at once; it is not logged.
	panic(http.ErrAbortHandler)
}

// resetConnection closes the TCP connection so that the kernel sends RST in
// place of FIN. Under TLS it goes round the TLS layer, which would say goodbye.
func resetConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return // no connection of its own to reset: the panic aborts what there is
	}
	if secured, ok := conn.(*tls.Conn); ok {
		conn = secured.NetConn()
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // fails only on a connection that is gone already
	}
	_ = conn.Close()
}
