package transport

import (
	"io"
	"net/http"
	"sync/atomic"

	"weighbridge/target/transport/h2"
)

// http2Conn is a connection: net/http's or that of package h2.
type http2Conn interface {
	// Reserve takes a stream for one request, which Release gives back unused.
	Reserve() error
	Release()
	// Err is why the connection takes no more requests; nil if it does.
	Err() error
	Close() error
}

// pooledConn is an open connection.
type pooledConn struct {
	conn    http2Conn
	streams *activeStreams
	active  int // requests in progress
	used    bool
	heard   bool // the pool knows how many streams the server allows
}

// allows is how many streams the server allows, if it has said so.
func (c *pooledConn) allows() int {
	switch conn := c.conn.(type) {
	case *h2.Conn:
		return conn.Allowed()
	case *http.ClientConn:
		return conn.InFlight() + conn.Available()
	}
	return 0
}

// usable reports whether the connection takes new requests, once streams are free.
func (c *pooledConn) usable() bool { return c.conn.Err() == nil && !c.streams.goAway.Load() }

// releasingBody releases the stream when the body is closed first.
type releasingBody struct {
	io.ReadCloser
	pool   *http2Pool
	conn   *pooledConn
	closed atomic.Bool
}

func (b *releasingBody) Close() error {
	err := b.ReadCloser.Close()
	if b.closed.CompareAndSwap(false, true) {
		b.pool.release(b.conn)
	}
	return err
}
