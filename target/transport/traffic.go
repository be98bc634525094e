package transport

import (
	"crypto/tls"
	"net"
	"sync/atomic"
)

// Traffic is what an arm's connections carried and what opening them took.
type Traffic struct {
	// Connections is how many were opened.
	Connections uint64
	// DNS, Connect and TLS are the parts of opening them; DNS counts look-ups
	// that were needed, TLS handshakes that succeeded.
	DNS, Connect, TLS Spent
	// PeakStreams is the most requests that were under way on one connection at once.
	PeakStreams    uint64
	Sent, Received Bytes
}

// Bytes is one direction of traffic.
type Bytes struct {
	// Wire is under TLS, handshakes included; Plain is above it.
	Wire, Plain uint64
	// Header is, for HTTP/1.1, start lines and headers, with chunk framing; for
	// HTTP/2 what HPACK encodes them to. Body is bodies. What HTTP/2 needs
	// besides (frame heads, settings, windows) is Plain less both.
	Header, Body uint64
}

// traffic is a Traffic that connections add to.
type traffic struct {
	dns, connect, tls spent
	peak              atomic.Uint64
	sent, received    bytesCounter
}

type bytesCounter struct{ wire, plain, header, body atomic.Uint64 }

func (b *bytesCounter) read() Bytes {
	return Bytes{b.wire.Load(), b.plain.Load(), b.header.Load(), b.body.Load()}
}

func (t *traffic) read() Traffic {
	connect := t.connect.read()
	return Traffic{
		Connections: connect.Count, DNS: t.dns.read(), Connect: connect, TLS: t.tls.read(),
		PeakStreams: t.peak.Load(), Sent: t.sent.read(), Received: t.received.read(),
	}
}

// sawStreams notes how many requests are under way on a connection.
func (t *traffic) sawStreams(n uint64) {
	for top := t.peak.Load(); n > top && !t.peak.CompareAndSwap(top, n); top = t.peak.Load() {
	}
}

// wireConn counts bytes as the kernel takes and gives them.
type wireConn struct {
	net.Conn
	traffic *traffic
}

func (c *wireConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.traffic.received.wire.Add(uint64(n))
	return n, err
}

func (c *wireConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.traffic.sent.wire.Add(uint64(n))
	return n, err
}

// parser tells headers from bodies in one direction of a connection.
type parser interface{ count(p []byte) }

// plainConn counts bytes as HTTP sees them. net/http reads and writes each from
// one goroutine at a time, so a parser needs no lock.
type plainConn struct {
	net.Conn
	secure         *tls.Conn // nil in cleartext
	traffic        *traffic
	sent, received parser
}

// plain watches a connection from above TLS.
func (c *Connections) plain(conn net.Conn, secure *tls.Conn) net.Conn {
	p := &plainConn{Conn: conn, secure: secure, traffic: &c.traffic}
	if c.alpn == "h2" {
		open := &openStreams{traffic: &c.traffic, ids: map[uint32]struct{}{}}
		p.sent = &frames{preface: prefaceBytes, bytes: &c.traffic.sent, streams: open, ours: true}
		p.received = &frames{bytes: &c.traffic.received, streams: open}
		return p
	}
	c.traffic.sawStreams(1)
	p.sent = &messages{bytes: &c.traffic.sent}
	p.received = &messages{bytes: &c.traffic.received}
	return p
}

func (c *plainConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.traffic.received.plain.Add(uint64(n))
	c.received.count(p[:n])
	return n, err
}

func (c *plainConn) Write(p []byte) (int, error) {
	// Before they leave: the answer's end may be read before Write returns, and
	// must find its stream begun. What a broken connection did not take is counted too.
	c.sent.count(p)
	n, err := c.Conn.Write(p)
	c.traffic.sent.plain.Add(uint64(n))
	return n, err
}

// ConnectionState lets net/http tell a handler of the response that TLS was spoken.
func (c *plainConn) ConnectionState() tls.ConnectionState {
	if c.secure == nil {
		return tls.ConnectionState{}
	}
	return c.secure.ConnectionState()
}
