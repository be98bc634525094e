package lean

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	readBufferBytes = 4 << 10
	// aloneBytes is how long a request may be that is written before its response is read. A
	// longer one is written by another goroutine meanwhile: its server may answer before it has
	// read all, and the two would wait for each other.
	aloneBytes = 32 << 10
	// keptBytes is how large a buffer is kept for the next request.
	keptBytes = 64 << 10
	// lateAnswer is how long an answer may take that explains why a request could not be written.
	lateAnswer = 50 * time.Millisecond
)

// conn is a connection and its buffers. One request at a time uses it.
type conn struct {
	net.Conn
	pool *Pool
	key  hostKey
	idle idleCheck

	source headerLimit
	in     *bufio.Reader
	out    bytes.Buffer

	used      bool // by an earlier request
	idleSince time.Time
	answered  bool // a byte of a response to the current request has arrived
}

func newConn(p *Pool, key hostKey, socket net.Conn) *conn {
	c := &conn{Conn: socket, pool: p, key: key, idle: newIdleCheck(socket)}
	c.source = headerLimit{source: socket}
	c.in = bufio.NewReaderSize(&c.source, readBufferBytes)
	return c
}

// usable reports whether a kept connection can be used: its server has neither ended it nor
// sent anything since the last response.
func (c *conn) usable(idleTimeout time.Duration) bool {
	if c.in.Buffered() > 0 || time.Since(c.idleSince) > idleTimeout {
		return false
	}
	return c.idle.quiet()
}

// exchange sends a message and reads the header of its response. After an error the connection
// is closed.
func (c *conn) exchange(ctx context.Context, m *Message, more http.Header, t Trace) (*http.Response, error) {
	if c.used {
		t.GotConn(c.Conn, true, time.Since(c.idleSince))
	} else {
		t.GotConn(c.Conn, false, 0)
	}
	c.answered = false
	deadline, _ := ctx.Deadline()
	if err := c.SetDeadline(deadline); err != nil {
		return nil, c.fail(ctx, err)
	}
	b := &body{conn: c, ctx: ctx, stop: afterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })}
	resp, err := c.send(m, more, t, b)
	if err != nil {
		b.stop()
		return nil, c.fail(ctx, err)
	}
	b.source, resp.Body = resp.Body, b
	b.last = resp.Close || m.request.Close || c.pool.options.NoKeepalive
	return resp, nil
}

// afterFunc is context.AfterFunc, but leaves it to the context if that has a method for it: its
// deadline is the connection's, and needs no timer.
func afterFunc(ctx context.Context, f func()) (stop func() bool) {
	if own, ok := ctx.(interface{ AfterFunc(func()) func() bool }); ok {
		return own.AfterFunc(f)
	}
	return context.AfterFunc(ctx, f)
}

// send writes the message and reads the header of its response.
func (c *conn) send(m *Message, more http.Header, t Trace, b *body) (*http.Response, error) {
	c.out.Reset()
	c.out.Write(m.head)
	if len(more) > 0 {
		if err := more.Write(&c.out); err != nil {
			return nil, fmt.Errorf("write the request: %w", err)
		}
	}
	c.out.WriteString("\r\n")
	c.out.Write(m.body)
	if c.out.Len() > aloneBytes {
		b.writing = make(chan error, 1)
		go func() {
			_, err := c.Write(c.out.Bytes())
			t.Written()
			b.writing <- err
		}()
		return c.readHeader(m, t)
	}
	_, failed := c.Write(c.out.Bytes())
	t.Written()
	if failed == nil {
		return c.readHeader(m, t)
	}
	b.broken = true
	_ = c.SetReadDeadline(time.Now().Add(lateAnswer)) // if it fails, so does the read
	resp, err := c.readHeader(m, t)
	if err != nil {
		return nil, failed
	}
	return resp, nil
}

// readHeader reads up to the end of the header of the final response.
func (c *conn) readHeader(m *Message, t Trace) (*http.Response, error) {
	c.source.left, c.source.limit, c.source.failed = c.pool.options.MaxHeaderBytes, c.pool.options.MaxHeaderBytes, nil
	for {
		if _, err := c.in.Peek(1); err != nil {
			return nil, err
		}
		c.answered = true
		t.FirstByte()
		resp, err := http.ReadResponse(c.in, m.request)
		if err != nil {
			// What came before an error of the connection may look like a malformed response.
			return nil, cmp.Or(c.source.failed, err)
		}
		if resp.StatusCode < 100 || resp.StatusCode >= 200 {
			c.source.left = math.MaxInt64
			return resp, nil
		}
		if err := t.Interim(resp.StatusCode); err != nil {
			return nil, err
		}
	}
}

// fail closes the connection, and returns err or the cause of the context's end if that is why.
func (c *conn) fail(ctx context.Context, err error) error {
	c.pool.discard(c)
	return causeOf(ctx, err)
}

func causeOf(ctx context.Context, err error) error {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	if deadline, ok := ctx.Deadline(); ok && !time.Now().Before(deadline) {
		<-ctx.Done() // at the same moment
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// endedIdle reports whether a request failed with err because its connection, which had been
// kept, ended without a response.
func (c *conn) endedIdle(ctx context.Context, err error) bool {
	return c.used && !c.answered && ctx.Err() == nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// headerLimit is a source that ends with an error after a number of bytes.
type headerLimit struct {
	source      io.Reader
	left, limit int64
	failed      error // unless the source has just ended
}

func (l *headerLimit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		l.failed = fmt.Errorf("server response headers exceeded %d bytes", l.limit)
		return 0, l.failed
	}
	n, err := l.source.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err != nil && err != io.EOF {
		l.failed = err
	}
	return n, err
}
