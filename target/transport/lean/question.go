package lean

import "errors"

// Question is a request to be written to a connection, and what became of it.
type Question struct {
	// Text is the request, and Sent how many bytes of it were written.
	Text []byte
	Sent int
	// Quiet asks to write nothing if anything has arrived before, or the connection has ended. Stale
	// says that this was so.
	Quiet, Stale bool
	// Begin is called right before Text is written, Written right after all of it was.
	Begin, Written func()
}

// Asker is a connection that writes a request and reads what arrives then with fewer system calls
// than Write and Read.
type Asker interface {
	// CanAsk reports whether this connection does.
	CanAsk() bool
	// Ask writes the request, waits until something arrives, and reads that. If the question was
	// stale, or not all of it was sent, it does not wait.
	Ask(q *Question, into []byte) (n int, err error)
}

// errStale says that a kept connection had ended, or had something to read, before a request was
// written to it.
var errStale = errors.New("the connection was not quiet")

// prepare makes the next read ask. It reports whether the connection can do that.
func (c *conn) prepare(t Trace) bool {
	if c.asker == nil {
		return false
	}
	c.trace, c.failed = t, nil
	q := &c.question
	q.Text, q.Sent, q.Quiet, q.Stale = c.out.Bytes(), 0, c.kept, false
	c.source.asks = true
	return true
}

// ask writes the request, and reads what arrives then.
func (c *conn) ask(into []byte) (n int, err error) {
	q := &c.question
	n, err = c.asker.Ask(q, into)
	if q.Stale {
		return 0, errStale
	}
	if err != nil || q.Sent == len(q.Text) {
		return n, err
	}
	c.failed = c.write(q.Text[q.Sent:])
	c.trace.Written()
	if n > 0 { // the server spoke first
		return n, nil
	}
	return c.Read(into)
}
