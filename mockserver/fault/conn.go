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

// handshakeTimeout bounds how long a client may take over its TLS handshake.
const handshakeTimeout = 10 * time.Second

// clientPreface is what a client of HTTP/2 begins with (RFC 9113, section 3.4).
const clientPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

// NewListener returns a listener whose connections let AbortStream choose its
// error code. With a config it speaks TLS and offers h2 and http/1.1, otherwise
// cleartext. Either way the http.Server is to be run by Serve, not ServeTLS,
// with HTTP1 and UnencryptedHTTP2 as its Protocols and ConnContext as its own:
// it sees plain connections, tells HTTP/2 by its preface (RFC 9113, section
// 3.4), and so leaves Request.TLS nil.
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

// Accept waits for the next connection; its handshake is left to its first
// read, so that a slow one holds nobody up.
func (l *listener) Accept() (net.Conn, error) {
	tcp, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	if l.config == nil {
		return &conn{Conn: tcp, below: tcp}, nil
	}
	secured := tls.Server(tcp, l.config)
	return &conn{Conn: secured, below: tcp, tls: secured}, nil
}

// ConnContext is the ConnContext of an http.Server on such a listener.
func ConnContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

type connKey struct{}

// conn is a connection of a listener. It must not have a ConnectionState:
// net/http would take it for one whose protocol is settled, and not look for
// the preface of HTTP/2.
type conn struct {
	net.Conn // tls where there is one, otherwise below
	below    net.Conn
	tls      *tls.Conn
	shaking  sync.Once
	failed   error
	// preface was heard in the handshake, and is still to be read.
	preface string
	frames  frames
}

// Read shakes hands first.
func (c *conn) Read(p []byte) (int, error) {
	if c.tls != nil {
		c.shaking.Do(c.handshake)
		if c.failed != nil {
			return 0, c.failed
		}
	}
	if c.preface != "" {
		n := copy(p, c.preface)
		c.preface = c.preface[n:]
		return n, nil
	}
	return c.Conn.Read(p)
}

// Write passes what the server writes, with other error codes where they were chosen.
func (c *conn) Write(p []byte) (int, error) { return c.Conn.Write(c.frames.pass(p)) }

// CloseWrite ends what the server has to say, and lets it still hear the
// client; without it net/http would keep the client waiting before it closes.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn is the connection under TLS.
func (c *conn) NetConn() net.Conn { return c.below }

// handshake ends with the preface where HTTP/2 is negotiated: net/http, which
// does not know of that, would take anything else for HTTP/1.1 and answer in it.
func (c *conn) handshake() {
	ctx, cancel := context.WithTimeout(context.Background(), handshakeTimeout)
	defer cancel()
	c.failed = c.tls.HandshakeContext(ctx)
	if c.failed == nil && c.tls.ConnectionState().NegotiatedProtocol == "h2" {
		c.failed = c.hearPreface()
	}
	var record tls.RecordHeaderError
	if errors.As(c.failed, &record) && record.Conn != nil && spellsHTTP(record.RecordHeader[:]) {
		// Whoever forgot the s of https is told so, as net/http does.
		_, _ = io.WriteString(record.Conn, "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n")
	}
}

// hearPreface reads the preface, up to the first piece that is not of it.
func (c *conn) hearPreface() error {
	heard := make([]byte, 0, len(clientPreface))
	for len(heard) < len(clientPreface) {
		n, err := c.tls.Read(heard[len(heard):cap(heard)])
		heard = heard[:len(heard)+n]
		if !strings.HasPrefix(clientPreface, string(heard)) {
			// An error of reading is one that net/http closes on without a word.
			return &net.OpError{Op: "read", Net: "tcp", Err: errors.New("not the preface of HTTP/2")}
		}
		if err != nil {
			return err
		}
	}
	c.preface = clientPreface
	return nil
}

// spellsHTTP reports whether a TLS record begins like a request in cleartext.
func spellsHTTP(record []byte) bool {
	switch string(record) {
	case "GET /", "HEAD ", "POST ", "PUT /", "OPTIO":
		return true
	}
	return false
}
