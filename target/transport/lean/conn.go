package lean

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	// readBufferBytes is net/http's default, which bounds trailers and the lines that chunks begin with: with
	// less, answers would fail that others read.
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
	known  knownHeader
	expire func() // ends what reads or writes

	asker    Asker // nil if it cannot ask
	question Question
	trace    Trace // of the question
	failed   error // to write the rest of it

	kept      bool // it has been idle, or in use by an earlier request
	idleSince time.Time
	answered  bool // a byte of a response to the current request has arrived
}

func newConn(p *Pool, key hostKey, socket net.Conn) *conn {
	c := &conn{Conn: socket, pool: p, key: key, idle: newIdleCheck(socket)}
	c.source = headerLimit{source: socket}
	c.expire = func() { _ = c.SetDeadline(time.Unix(1, 0)) } // if it fails, the connection has ended
	c.in = bufio.NewReaderSize(&c.source, readBufferBytes)
	if asker, ok := socket.(Asker); ok && asker.CanAsk() {
		c.asker, c.source.ask = asker, c.ask
		c.question.Begin, c.question.Written = func() { c.gotConn(c.trace) }, func() { c.trace.Written() }
	}
	return c
}

// usable reports whether a kept connection can be used: its server has neither ended it nor
// sent anything since the last response.
func (c *conn) usable(idleTimeout time.Duration) bool {
	if c.in.Buffered() > 0 || time.Since(c.idleSince) > idleTimeout {
		return false
	}
	return c.asker != nil || c.idle.quiet()
}

func (c *conn) gotConn(t Trace) {
	if c.kept {
		t.GotConn(c.Conn, true, time.Since(c.idleSince))
	} else {
		t.GotConn(c.Conn, false, 0)
	}
}

// exchange sends a message and reads the header of its response. After an error the connection
// is closed.
func (c *conn) exchange(ctx Watcher, m *Message, more http.Header, t Trace) (*http.Response, error) {
	c.answered = false
	ctx.Watch(c.expire)
	resp := &response{body: body{conn: c, ctx: ctx}}
	if err := c.send(m, more, t, resp); err != nil {
		ctx.Unwatch()
		return nil, c.fail(ctx, err)
	}
	resp.Body = &resp.body
	resp.body.last = resp.Close || m.request.Close || c.pool.options.NoKeepalive
	return &resp.Response, nil
}

// send writes the message and reads the header of its response.
func (c *conn) send(m *Message, more http.Header, t Trace, into *response) error {
	c.out.Reset()
	c.out.Write(m.head)
	if len(more) > 0 {
		if err := more.Write(&c.out); err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
	}
	c.out.WriteString("\r\n")
	c.out.Write(m.body)
	if c.out.Len() > aloneBytes {
		if c.kept && c.asker != nil && !c.idle.quiet() {
			return errStale
		}
		c.gotConn(t)
		writing := make(chan error, 1)
		into.body.writing = writing
		go func() {
			_, err := c.Write(c.out.Bytes())
			t.Written()
			writing <- err
		}()
		return c.readHeader(m, t, into)
	}
	if !c.prepare(t) {
		c.gotConn(t)
		c.failed = c.write(c.out.Bytes())
		t.Written()
	}
	err := c.readHeader(m, t, into)
	into.body.broken = c.failed != nil
	if err != nil && c.failed != nil {
		return c.failed
	}
	return err
}

// write writes a request or the rest of it. After an error, an answer that explains it is soon there.
func (c *conn) write(text []byte) error {
	_, err := c.Write(text)
	if err != nil {
		_ = c.SetReadDeadline(time.Now().Add(lateAnswer)) // if it fails, so does the read
	}
	return err
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
	return causeOr(ctx, err)
}

// endedIdle reports whether a request failed with err because its connection, which had been
// kept, ended without a response.
func (c *conn) endedIdle(ctx context.Context, err error) bool {
	return c.kept && !c.answered && ctx.Err() == nil && !errors.Is(err, os.ErrDeadlineExceeded)
}

// headerLimit is a source that ends with an error after a number of bytes.
type headerLimit struct {
	source io.Reader
	// ask is called in the place of the next read if asks is true.
	ask         func(p []byte) (int, error)
	asks        bool
	left, limit int64
	reads       int
	failed      error // unless the source has just ended
}

func (l *headerLimit) Read(p []byte) (n int, err error) {
	if l.left <= 0 {
		l.failed = fmt.Errorf("server response headers exceeded %d bytes", l.limit)
		return 0, l.failed
	}
	l.reads++
	p = p[:min(int64(len(p)), l.left)]
	if l.asks {
		l.asks = false
		n, err = l.ask(p)
	} else {
		n, err = l.source.Read(p)
	}
	l.left -= int64(n)
	if err != nil && err != io.EOF {
		l.failed = err
	}
	return n, err
}
