package fault

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

// handshakeTimeout is the longest time that a TLS handshake may take.
const handshakeTimeout = 10 * time.Second

// clientPreface is the first thing that an HTTP/2 client sends (RFC 9113, section 3.4).
const clientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// NewListener returns a listener whose connections allow AbortStream to choose its
// error code. With a config it speaks TLS and offers h2 and http/1.1, otherwise it is
// cleartext. In both cases the http.Server must be run by Serve, not ServeTLS, with the
// Protocols HTTP1 and UnencryptedHTTP2 and with our ConnContext: it sees plain
// connections, recognizes HTTP/2 by its preface (RFC 9113, section 3.4), and leaves
// Request.TLS nil.
func NewListener(inner net.Listener, config *tls.Config) net.Listener {
	if config != nil {
		config = config.Clone()
		config.NextProtos = []string{"h2", "http/1.1"}
	}
	return &listener{inner, config}
}

type listener struct {
	net.Listener
	config *tls.Config
}

// Accept waits for the next connection. The TLS handshake is made at its first read,
// so that a slow one does not delay other connections.
func (l *listener) Accept() (net.Conn, error) {
	tcp, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if l.config == nil {
		return &conn{Conn: tcp, tcp: tcp}, nil
	}
	secured := tls.Server(tcp, l.config)
	return &conn{Conn: secured, tcp: tcp, tls: secured}, nil
}

// ConnContext is the ConnContext for an http.Server on a listener of NewListener.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

type connKey struct{}

// conn is a connection of a listener. It must not have a method ConnectionState:
// net/http would then rely on ALPN instead of looking for the preface of HTTP/2.
type conn struct {
	net.Conn      // tls if it is set, otherwise tcp
	tcp           net.Conn
	tls           *tls.Conn
	handshakeOnce sync.Once
	handshakeErr  error
	// preface holds the bytes read during the handshake, which Read must still return.
	preface string
	frames  frames
}

// Read makes the handshake first.
func (c *conn) Read(p []byte) (int, error) {
	if c.tls != nil {
		c.handshakeOnce.Do(c.handshake)
		if c.handshakeErr != nil {
			return 0, c.handshakeErr
		}
	}
	if c.preface != "" {
		n := copy(p, c.preface)
		c.preface = c.preface[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// Write writes p with the error codes that AbortStream has chosen.
func (c *conn) Write(p []byte) (int, error) { return c.Conn.Write(c.frames.rewrite(p)) }

// CloseWrite closes the writing side of the connection. Without it net/http would keep
// the client waiting before it closes the connection.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn returns the connection below TLS.
func (c *conn) NetConn() net.Conn { return c.tcp }

// handshake makes the TLS handshake and, if HTTP/2 was negotiated, reads its preface:
// net/http, which does not know what was negotiated, would take anything else for
// HTTP/1.1.
func (c *conn) handshake() {
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
	defer cancel()
	c.handshakeErr = c.tls.HandshakeContext(ctx)
	if c.handshakeErr == nil && c.tls.ConnectionState().NegotiatedProtocol == "h2" {
		c.handshakeErr = c.readPreface()
	}
	var record tls.RecordHeaderError
	if errors.As(c.handshakeErr, &record) && record.Conn != nil && looksLikeHTTP(record.RecordHeader[:]) {
		// A cleartext request gets the same answer as from net/http.
		_, _ = io.WriteString(record.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	}
}

// readPreface reads the preface of HTTP/2. It fails at the first bytes that differ.
func (c *conn) readPreface() error {
	got := make([]byte, 0, len(clientPreface))
	for len(got) < len(clientPreface) {
		n, err := c.tls.Read(got[len(got):cap(got)])
		got = got[:len(got)+n]
		if !strings.HasPrefix(clientPreface, string(got)) {
			// On a read error net/http closes the connection without an answer.
			return &net.OpError{Op: "read", Net: "tcp", Err: errors.New("not the preface of HTTP/2")}
		}
		if err != nil {
			return err
		}
	}
	c.preface = clientPreface
	return nil
}

// looksLikeHTTP reports whether a TLS record header is the beginning of a cleartext request.
func looksLikeHTTP(record []byte) bool {
	switch string(record) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO":
		return true
	}
	return false
}
