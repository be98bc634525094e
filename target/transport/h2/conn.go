// Package h2 sends requests over HTTP/2 (RFC 9113) at little cost: one goroutine reads each
// connection, requests are written by those who send them, and frames that are due at the same time
// leave in one write. Frames and header blocks are golang.org/x/net's.
package h2

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	// readBufferBytes is how much is read at once.
	readBufferBytes = 64 << 10
	// streamWindow is how many bytes of a body may come before they are read, and connWindow how
	// many of all bodies on a connection.
	streamWindow = 4 << 20
	connWindow   = 1 << 30
	// initialWindow is what either side may send at first (§6.9.2).
	initialWindow = 65535
	// initialStreams is how many streams a server allows that names no limit.
	initialStreams = 1000
	// courtesy is how long the server may take for the reason why the connection ends.
	courtesy = 5 * time.Second
	// maxStreamID is the last stream of a connection (§5.1.1).
	maxStreamID = 1<<31 - 1
	// maxFrameBytes is how long a frame may be unless its receiver allows more (§4.2).
	maxFrameBytes = 16 << 10
	// tableBytes is the size of the tables of header fields (§4.3).
	tableBytes = 4096
)

// The errors of requests that the server has not processed.
var (
	// ErrNotSent says that a request was not sent, because its connection takes no more requests.
	ErrNotSent = errors.New("the HTTP/2 connection takes no more requests")
	// ErrGoneAway says that a request came after the last one that the server processed (§6.8).
	ErrGoneAway = errors.New("the server ended the HTTP/2 connection before it processed the request (GOAWAY)")
)

// ErrNotEstablished says that a connection ended before its server had sent its settings.
var ErrNotEstablished = errors.New("the connection ended before the server's HTTP/2 settings came")

var errFull = errors.New("no stream is free")

// StreamError is the end of one stream by a reset (§6.4), the server's or our own.
type StreamError struct {
	Code http2.ErrCode
	// Why is set where the reset is our own.
	Why error
}

func (e *StreamError) Error() string {
	if e.Why != nil {
		return e.Why.Error()
	}
	return fmt.Sprintf("the server reset the stream (%v)", e.Code)
}

func (e *StreamError) Unwrap() error { return e.Why }

// Refused reports whether the server has not processed the request (§8.7).
func (e *StreamError) Refused() bool { return e.Why == nil && e.Code == http2.ErrCodeRefusedStream }

// Conn is a connection. It is safe for concurrent use.
type Conn struct {
	Options
	socket net.Conn
	// in, framer and decoding belong to the goroutine that reads; ended is closed with it.
	in     *bufio.Reader
	reader *http2.Framer
	ended  chan struct{}

	mu sync.Mutex
	// out holds the frames that are not written yet, which writer adds to, and told those who wait
	// for that; flushing says that a goroutine is going to write them.
	out    bytes.Buffer
	spare  bytes.Buffer
	writer *http2.Framer
	told   []Trace
	// spareTold is told's memory while it is written.
	spareTold []Trace
	flushing  bool
	fields    bytes.Buffer // a header block
	encoder   *hpack.Encoder

	streams  map[uint32]*stream
	reserved int
	// awake are those to which something has come in the frames that were there together.
	awake  []*stream
	lastID uint32
	// What the server allows.
	maxStreams   uint32
	maxFrame     int
	streamWindow int64 // of a new stream
	sendWindow   int64 // of the connection
	// received is how many bytes of bodies have come since the server was last given more.
	received int
	// settled is closed when the server's settings have come, or err is set.
	settled   chan struct{}
	isSettled bool
	err       error // why the connection has ended
	// writeFailed is why it cannot be written to.
	writeFailed error
	away        bool // the server takes no more requests
	farewell    bool // the last frames are to be written before the socket is closed
	// idle calls endIdle, once after the connection became idle at idleSince.
	idle      *time.Timer
	idleSince time.Time
}

// Options configures a connection.
type Options struct {
	// MaxHeaderBytes limits the header of a response.
	MaxHeaderBytes uint32
	// IdleTimeout is how long a connection without requests is kept; 0 sets no limit.
	IdleTimeout time.Duration
	// Changed is called when a stream may be free, or the connection takes no more requests. It must
	// not block.
	Changed func()
}

// Open returns the connection that a socket carries once its server has told its settings, so that
// no request exceeds its limit on streams.
func Open(ctx context.Context, socket net.Conn, o Options) (*Conn, error) {
	c := &Conn{
		Options: o, socket: socket, in: bufio.NewReaderSize(socket, readBufferBytes), ended: make(chan struct{}),
		streams: map[uint32]*stream{}, maxStreams: initialStreams, maxFrame: maxFrameBytes,
		streamWindow: initialWindow, sendWindow: initialWindow, settled: make(chan struct{}),
	}
	c.writer, c.reader = http2.NewFramer(&c.out, nil), http2.NewFramer(nil, c.in)
	c.encoder = hpack.NewEncoder(&c.fields)
	c.reader.ReadMetaHeaders = hpack.NewDecoder(tableBytes, nil)
	c.reader.MaxHeaderListSize = o.MaxHeaderBytes
	c.reader.SetMaxReadFrameSize(maxFrameBytes)
	c.reader.SetReuseFrames()
	c.mu.Lock()
	c.out.WriteString(http2.ClientPreface)
	_ = c.writer.WriteSettings( // to memory, like all that writer writes
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: streamWindow},
		http2.Setting{ID: http2.SettingMaxHeaderListSize, Val: o.MaxHeaderBytes},
	)
	_ = c.writer.WriteWindowUpdate(0, connWindow-initialWindow)
	c.flush()
	c.mu.Unlock()
	go c.read()
	select {
	case <-c.settled:
	case <-ctx.Done():
		_ = c.Close()
		return nil, context.Cause(ctx)
	}
	if err := c.Err(); err != nil {
		_ = c.Close()
		if broken := protocolError(""); !errors.As(err, &broken) {
			err = fmt.Errorf("%w: %w", ErrNotEstablished, err)
		}
		return nil, err
	}
	return c, nil
}

// Err is why the connection takes no more requests; nil if it does.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closed()
}

func (c *Conn) closed() error {
	switch {
	case c.err != nil:
		return c.err
	case c.away || c.lastID >= maxStreamID-1:
		return ErrNotSent
	}
	return nil
}

// Allowed is how many streams the server allows at a time.
func (c *Conn) Allowed() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return int(c.maxStreams)
}

// Reserve takes a free stream, for Send or Release. It is an error if there is none.
func (c *Conn) Reserve() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.closed(); err != nil {
		return err
	}
	if uint64(len(c.streams)+c.reserved) >= uint64(c.maxStreams) {
		return errFull
	}
	c.reserved++
	return nil
}

// Release gives back a stream that Reserve has taken.
func (c *Conn) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reserved--
	if len(c.streams)+c.reserved == 0 {
		c.becameIdle()
	}
}

// Close closes the connection. Requests on it fail. It returns when nothing is read any more.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.fail(net.ErrClosed)
	c.mu.Unlock()
	<-c.ended
	return nil
}

// fail ends the connection and all requests on it. The caller holds c.mu.
func (c *Conn) fail(err error) {
	if c.err != nil {
		return
	}
	c.err = err
	if !c.farewell {
		_ = c.socket.Close() // what ended it says more
	}
	for _, s := range c.streams {
		s.end(err)
	}
	clear(c.streams)
	if c.idle != nil {
		c.idle.Stop()
	}
	c.settle()
	c.Changed()
}

// becameIdle says that no request is left. The caller holds c.mu.
func (c *Conn) becameIdle() {
	if c.idleSince = time.Now(); c.IdleTimeout > 0 && c.idle == nil && c.err == nil {
		c.idle = time.AfterFunc(c.IdleTimeout, c.endIdle)
	}
}

// endIdle ends a connection that has been idle for too long.
func (c *Conn) endIdle() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = nil
	switch left := c.IdleTimeout - time.Since(c.idleSince); {
	case c.err != nil || len(c.streams)+c.reserved > 0: // when it is idle again, it will say so
	case left > 0:
		c.idle = time.AfterFunc(left, c.endIdle)
	default:
		c.fail(ErrNotSent)
	}
}

func (c *Conn) settle() {
	if !c.isSettled {
		c.isSettled = true
		close(c.settled)
	}
}

// refuse ends the connection because its server broke the protocol, and tells it (§5.4.1). The caller
// holds c.mu.
func (c *Conn) refuse(code http2.ErrCode, err error) {
	_ = c.writer.WriteGoAway(0, code, nil)
	_ = c.socket.SetWriteDeadline(time.Now().Add(courtesy)) // if it fails, so does the write
	c.farewell = c.err == nil
	c.fail(err)
	if c.farewell && !c.flushing {
		c.sayFarewell()
	}
}

// sayFarewell writes the last frames of a connection. The caller holds c.mu, and nothing waits for it.
func (c *Conn) sayFarewell() {
	last := bytes.Clone(c.out.Bytes())
	go func() {
		_, _ = c.socket.Write(last) // a courtesy
		_ = c.socket.Close()        // as in fail
	}()
}

// read handles the frames of the server until the connection ends.
func (c *Conn) read() {
	defer close(c.ended)
	for first := true; ; first = false {
		frame, err := c.reader.ReadFrame()
		c.mu.Lock()
		if err == nil && first {
			if s, ok := frame.(*http2.SettingsFrame); !ok || s.IsAck() {
				err = protocolError("the first frame of the server is none of its settings")
			}
		}
		if err == nil {
			err = c.handle(frame)
		}
		if err != nil {
			err = c.resetBy(err)
		}
		if err != nil {
			c.wakeAll()
			c.endRead(err)
			c.mu.Unlock()
			return
		}
		if !c.moreIsThere() {
			c.wakeAll()
			if c.out.Len() > 0 && !c.flushing && c.writeFailed == nil {
				go c.flushAlone() // to wait here for the server to read could be to wait for each other
			}
		}
		c.mu.Unlock()
	}
}

// resetBy resets the one stream that an error names, and returns any other error. The caller holds c.mu.
func (c *Conn) resetBy(err error) error {
	var one http2.StreamError
	if !errors.As(err, &one) {
		return err
	}
	c.reset(one.StreamID, one.Code, protocolError(one.Error()))
	return nil
}

// moreIsThere reports whether another frame has come whole.
func (c *Conn) moreIsThere() bool {
	const header = 9 // bytes (§4.1)
	if c.in.Buffered() < header {
		return false
	}
	text, _ := c.in.Peek(header) // it is there
	return c.in.Buffered() >= header+(int(text[0])<<16|int(text[1])<<8|int(text[2]))
}

// wakeAll wakes the requests to which something has come. The caller holds c.mu.
func (c *Conn) wakeAll() {
	for i, s := range c.awake {
		s.wake()
		c.awake[i] = nil
	}
	c.awake = c.awake[:0]
}

// endRead ends the connection as the goroutine that reads stops for err. The caller holds c.mu.
func (c *Conn) endRead(err error) {
	var whole http2.ConnectionError
	var broken protocolError
	switch {
	case c.writeFailed != nil:
		c.fail(c.writeFailed)
	case errors.As(err, &whole):
		c.refuse(http2.ErrCode(whole), protocolError(err.Error()))
	case errors.Is(err, http2.ErrFrameTooLarge):
		c.refuse(http2.ErrCodeFrameSize, protocolError(err.Error()))
	case errors.As(err, &broken):
		c.refuse(http2.ErrCodeProtocol, err)
	case errors.Is(err, io.EOF):
		c.fail(io.ErrUnexpectedEOF)
	default:
		c.fail(err)
	}
}

// protocolError is what a server must not do.
type protocolError string

func (e protocolError) Error() string { return "HTTP/2: " + string(e) }
