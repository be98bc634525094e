package lean

import (
	"bytes"
	"io"
	"net/http"
)

// response is a response and its body, in one piece of memory.
type response struct {
	http.Response
	body body
}

// body is the body of a response. Its end makes the connection available again.
type body struct {
	// source is what it is read from; nil for a body of left bytes, which follow in the connection.
	source io.ReadCloser
	left   int64
	conn   *conn // nil once the body has ended
	ctx    Watcher
	// writing receives the error of a request that is still being written; it may be nil.
	writing chan error
	// last says that the connection must not be used again, broken that it cannot.
	last, broken bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.conn == nil {
		return 0, io.EOF
	}
	n, err := b.read(p)
	if err == nil {
		return n, nil
	}
	if err != io.EOF {
		err = causeOf(b.ctx, err)
	}
	b.end(err == io.EOF)
	return n, err
}

func (b *body) read(p []byte) (n int, err error) {
	if b.source != nil {
		return b.source.Read(p)
	}
	if b.left > 0 {
		n, err = b.conn.in.Read(p[:min(int64(len(p)), b.left)])
		b.left -= int64(n)
	}
	switch {
	case b.left == 0:
		return n, io.EOF
	case err == io.EOF:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// Close ends the body. A connection with a part unread is closed.
func (b *body) Close() error {
	if b.conn != nil {
		b.end(false)
	}
	return nil
}

// end gives the connection back, or closes it.
func (b *body) end(whole bool) {
	c := b.conn
	b.conn = nil
	if b.ctx.Unwatch() && whole && !b.last && !b.broken && b.written() && c.in.Buffered() == 0 {
		if c.out.Cap() > keptBytes {
			c.out = bytes.Buffer{}
		}
		c.pool.put(c)
		return
	}
	c.pool.discard(c)
}

// written reports whether the request has been written.
func (b *body) written() bool {
	if b.writing == nil {
		return true
	}
	select {
	case err := <-b.writing:
		return err == nil
	default:
		return false
	}
}
