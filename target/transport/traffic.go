package transport

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"

	"weighbridge/target/transport/lean"
)

// Traffic counts an arm's connections, the bytes they carried and the time taken to open them.
type Traffic struct {
	// Connections is the number of connections opened.
	Connections uint64
	// DNS, Connect and TLS are the steps of opening them: DNS lookups, TCP connects
	// and successful TLS handshakes.
	DNS, Connect, TLS Sum
	// PeakStreams is the maximum number of concurrent requests on one connection.
	PeakStreams uint64
	// Pushes is the number of resources that servers have promised to push (PUSH_PROMISE).
	Pushes         uint64
	Sent, Received Bytes
}

// Bytes counts one direction of traffic.
type Bytes struct {
	// Wire is bytes below TLS, handshakes included; Plain is bytes above it.
	Wire, Plain uint64
	// Header is start lines, headers and chunk framing for HTTP/1.1, and HPACK-encoded
	// header blocks for HTTP/2. Body is message bodies. HTTP/2's own overhead (frame
	// headers, settings, window updates) is Plain minus both.
	Header, Body uint64
}

// trafficCounter is a Traffic that connections add to concurrently.
type trafficCounter struct {
	dns, connect, tls sumCounter
	peak, pushes      atomic.Uint64
	sent, received    bytesCounter
}

type bytesCounter struct{ wire, plain, header, body atomic.Uint64 }

func (b *bytesCounter) snapshot() Bytes {
	return Bytes{b.wire.Load(), b.plain.Load(), b.header.Load(), b.body.Load()}
}

func (t *trafficCounter) snapshot() Traffic {
	connect := t.connect.snapshot()
	return Traffic{
		Connections: connect.Count, DNS: t.dns.snapshot(), Connect: connect, TLS: t.tls.snapshot(),
		PeakStreams: t.peak.Load(), Pushes: t.pushes.Load(), Sent: t.sent.snapshot(), Received: t.received.snapshot(),
	}
}

// updatePeak raises the peak to n concurrent streams, if it is lower.
func (t *trafficCounter) updatePeak(n uint64) {
	for top := t.peak.Load(); n > top && !t.peak.CompareAndSwap(top, n); top = t.peak.Load() {
	}
}

// wireConn counts the bytes of a TCP connection.
type wireConn struct {
	net.Conn
	// stamped reads from Conn and writes to it, if the kernel tells when it received what is read; else nil.
	stamped *stampedConn
	// received is when the kernel had received what was read last, in ns since 1970; 0 if that is
	// not known.
	received atomic.Int64
	traffic  *trafficCounter
}

// NetConn returns the connection below.
func (c *wireConn) NetConn() net.Conn { return c.Conn }

func (c *wireConn) Read(p []byte) (n int, err error) {
	if c.stamped == nil {
		n, err = c.Conn.Read(p)
	} else {
		var received int64
		if n, received, err = c.stamped.read(p); n > 0 {
			c.received.Store(received)
		}
	}
	c.traffic.received.wire.Add(uint64(n))
	return n, err
}

func (c *wireConn) Write(p []byte) (n int, err error) {
	if c.stamped == nil {
		n, err = c.Conn.Write(p)
	} else {
		n, err = c.stamped.write(p)
	}
	c.traffic.sent.wire.Add(uint64(n))
	return n, err
}

// Ask is lean.Asker's.
func (c *wireConn) Ask(q *lean.Question, into []byte) (int, error) {
	n, received, err := c.stamped.ask(q, into)
	if n > 0 {
		c.received.Store(received)
	}
	c.traffic.sent.wire.Add(uint64(q.Sent))
	c.traffic.received.wire.Add(uint64(n))
	return n, err
}

// parser separates header from body bytes in one direction of a connection.
type parser interface{ count(p []byte) }

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

// wireBelow finds the connection that counts the bytes on the wire; nil if there is none.
func wireBelow(conn net.Conn) *wireConn {
	for {
		switch layer := conn.(type) {
		case *wireConn:
			return layer
		case interface{ NetConn() net.Conn }:
			conn = layer.NetConn()
		default:
			return nil
		}
	}
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
