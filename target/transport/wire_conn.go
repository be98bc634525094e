package transport

import (
	"net"
	"sync/atomic"

	"weighbridge/target/transport/lean"
)

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
