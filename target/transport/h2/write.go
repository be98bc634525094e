package h2

import (
	"bytes"
	"runtime"
	"time"
)

const (
	// keptBytes is how large a buffer is kept.
	keptBytes = 256 << 10
	// lateAnswer is how long an answer may take that explains why a request could not be written.
	lateAnswer = 50 * time.Millisecond
)

// flush writes the frames that are due, unless another goroutine is about to. The caller holds
// c.mu, which flush gives away meanwhile: before it writes, it lets others that are ready to run add
// theirs. What is added during a write leaves with the next, by another goroutine.
func (c *Conn) flush() {
	if c.flushing || c.out.Len() == 0 || c.err != nil || c.writeFailed != nil {
		return
	}
	c.flushing = true
	c.mu.Unlock()
	runtime.Gosched()
	c.mu.Lock()
	c.writeOut()
	c.flushing = false
	if c.farewell {
		c.sayFarewell()
		return
	}
	if c.out.Len() > 0 && c.err == nil && c.writeFailed == nil {
		go c.flushAlone()
	}
}

// flushAlone is flush, for a goroutine that does nothing else.
func (c *Conn) flushAlone() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flush()
}

// writeOut writes what is due now. The caller holds c.mu, which it gives away meanwhile.
func (c *Conn) writeOut() {
	if c.err != nil {
		return
	}
	c.out, c.spare = c.spare, c.out
	told := c.told
	c.told, c.spareTold = c.spareTold, nil
	text := c.spare.Bytes()
	c.mu.Unlock()
	_, err := c.socket.Write(text)
	for _, t := range told {
		t.Written()
	}
	clear(told)
	c.mu.Lock()
	c.spareTold = told[:0]
	c.spare.Reset()
	if c.spare.Cap() > keptBytes {
		c.spare = bytes.Buffer{}
	}
	if err != nil {
		c.notWritten(err)
	}
}

// notWritten ends a connection that cannot be written to, soon: answers that explain it, or that were
// complete before, may be there. The caller holds c.mu.
func (c *Conn) notWritten(err error) {
	if c.writeFailed != nil || c.err != nil {
		return
	}
	c.writeFailed, c.away = err, true
	if c.socket.SetReadDeadline(time.Now().Add(lateAnswer)) != nil {
		c.fail(err)
	}
	c.Changed()
}
