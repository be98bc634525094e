package transport

import (
	"context"
	"crypto/tls"
	"net"
	"time"

	"weighbridge/target/transport/lean"
)

// plainConn counts the bytes above TLS. net/http reads from one goroutine at a time,
// and writes from one, so a parser needs no lock.
type plainConn struct {
	net.Conn
	secure         *tls.Conn // nil without TLS
	wire           *wireConn // nil if there is none below
	traffic        *trafficCounter
	sent, received parser
	// closed is called when the connection is closed; nil for nothing.
	closed func()
}

// countPlain wraps a connection to count the bytes above TLS.
func (c *Connections) countPlain(ctx context.Context, conn net.Conn, secure *tls.Conn) net.Conn {
	p := &plainConn{Conn: conn, secure: secure, wire: wireBelow(conn), traffic: &c.traffic}
	if streams, ok := ctx.Value(streamsKey{}).(*activeStreams); ok {
		streams.conn = p
		p.sent = &http2Parser{preface: prefaceBytes, bytes: &c.traffic.sent, streams: streams, fromClient: true}
		p.received = &http2Parser{bytes: &c.traffic.received, streams: streams}
		return p
	}
	c.traffic.updatePeak(1)
	p.sent, p.received = newHTTP1Parsers(&c.traffic.sent, &c.traffic.received)
	return p
}

// NetConn returns the connection below.
func (c *plainConn) NetConn() net.Conn { return c.Conn }

// Close closes the connection.
func (c *plainConn) Close() error {
	if c.closed != nil {
		c.closed()
	}
	return c.Conn.Close()
}

func (c *plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.traffic.received.plain.Add(uint64(n))
	c.received.count(p[:n])
	return n, err
}

func (c *plainConn) Write(p []byte) (int, error) {
	// Count before writing, because the response may end before Write returns, and its stream must be
	// known by then. If the connection breaks, bytes that were not written are counted too.
	c.sent.count(p)
	n, err := c.Conn.Write(p)
	c.traffic.sent.plain.Add(uint64(n))
	return n, err
}

// CanAsk is lean.Asker's. It is false over TLS, where a read or a write may take several of the socket.
func (c *plainConn) CanAsk() bool {
	below, ok := c.Conn.(*wireConn)
	return ok && below.stamped != nil
}

// Ask is lean.Asker's.
func (c *plainConn) Ask(q *lean.Question, into []byte) (int, error) {
	n, err := c.wire.Ask(q, into)
	c.sent.count(q.Text[:q.Sent])
	c.traffic.sent.plain.Add(uint64(q.Sent))
	c.traffic.received.plain.Add(uint64(n))
	c.received.count(into[:n])
	return n, err
}

// readLag returns how long before the given moment the kernel had received what was read last from
// the connection; false if that is not known.
func (c *plainConn) readLag(at time.Time) (time.Duration, bool) {
	if c.wire == nil {
		return 0, false
	}
	received := c.wire.received.Load()
	if received == 0 {
		return 0, false
	}
	return max(time.Duration(at.UnixNano()-received), 0), true
}

// ConnectionState lets net/http fill in the TLS field of responses.
func (c *plainConn) ConnectionState() tls.ConnectionState {
	if c.secure == nil {
		return tls.ConnectionState{}
	}
	return c.secure.ConnectionState()
}

// parser separates header from body bytes in one direction of a connection.
type parser interface{ count(p []byte) }
