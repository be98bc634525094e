package h2

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"golang.org/x/net/http2"

	"weighbridge/target/transport/lean"
)

// stream is a request and its response. Its fields are under the lock of its connection, except those
// that never change.
type stream struct {
	conn    *Conn
	id      uint32
	message *Message
	trace   Trace
	ctx     lean.Watcher
	// news is sent a value when something has changed that the request waits for.
	news chan struct{}

	window int64  // how many bytes of the request's body may be sent
	unsent []byte // the rest of that body

	response http.Response
	hasHead  bool // the header of the final response has come
	bodiless bool // whatever comes after it is no body
	// data is what has come of the body and was not read, and left how much more of it must come;
	// negative if its header does not say.
	data []byte
	left int64
	// allowed is how much more the server may send, given what was read of it.
	allowed int
	// returned is how much of the body was read that the server was not told of.
	returned int
	trailer  http.Header
	isEnded  bool  // the response is complete
	err      error // why it never will be

	body body // of the response
	// memory is the memory of data, small at first.
	memory []byte
	small  [smallBody]byte
}

// smallBody is how many bytes of a body need no memory of their own.
const smallBody = 512

// Send sends a message on a stream that Reserve has taken, and returns the response, whose body must
// be read to its end or closed. The end of ctx ends the reading of the body too; the error is then
// the cause of its end.
func (c *Conn) Send(ctx context.Context, m *Message, t Trace) (*http.Response, error) {
	s := &stream{conn: c, message: m, trace: t, ctx: lean.WatcherOf(ctx), news: make(chan struct{}, 1), unsent: m.body, left: -1, allowed: streamWindow}
	s.memory, s.body.stream = s.small[:0], s
	t.GotConn(c.socket, false, 0)
	c.mu.Lock()
	c.reserved--
	if c.closed() != nil {
		c.mu.Unlock()
		return nil, ErrNotSent
	}
	s.open()
	c.mu.Unlock()
	s.ctx.Watch(s.expire) // before anything waits
	c.mu.Lock()
	c.flush()
	for !s.hasHead && s.err == nil {
		c.mu.Unlock()
		<-s.news
		c.mu.Lock()
	}
	err, hasHead := s.err, s.hasHead
	c.mu.Unlock()
	if err != nil && !hasHead {
		s.ctx.Unwatch()
		return nil, s.causeOf(err)
	}
	s.response.Body = &s.body
	return &s.response, nil
}

// open opens the stream: its header is due, and as much of the body as may be sent. The caller holds
// the lock.
func (s *stream) open() {
	c := s.conn
	c.lastID += 2
	if c.lastID == 2 {
		c.lastID = 1
	}
	s.id, s.window = c.lastID, c.streamWindow
	c.streams[s.id] = s
	c.fields.Reset()
	for _, f := range s.message.fields {
		_ = c.encoder.WriteField(f) // to memory
	}
	block := c.fields.Bytes()
	n := min(len(block), c.maxFrame)
	_ = c.writer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: s.id, BlockFragment: block[:n], EndHeaders: n == len(block), EndStream: len(s.unsent) == 0,
	})
	for block = block[n:]; len(block) > 0; block = block[n:] {
		n = min(len(block), c.maxFrame)
		_ = c.writer.WriteContinuation(s.id, n == len(block), block[:n])
	}
	if len(s.unsent) == 0 {
		c.told = append(c.told, s.trace)
	}
	s.sendMore()
}

// sendMore makes as much of the body due as may be sent. The caller holds the lock.
func (s *stream) sendMore() {
	c := s.conn
	for len(s.unsent) > 0 && s.err == nil {
		n := int(min(int64(len(s.unsent)), int64(c.maxFrame), s.window, c.sendWindow))
		if n <= 0 {
			return
		}
		_ = c.writer.WriteData(s.id, n == len(s.unsent), s.unsent[:n])
		s.unsent = s.unsent[n:]
		s.window -= int64(n)
		c.sendWindow -= int64(n)
		if len(s.unsent) == 0 {
			c.told = append(c.told, s.trace)
		}
	}
	if len(s.unsent) == 0 && s.isEnded {
		c.remove(s)
	}
}

// wake tells the request that something has changed. The caller holds the lock.
func (s *stream) wake() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// end ends the request with an error, unless it has ended. The caller holds the lock.
func (s *stream) end(err error) {
	if s.err == nil && !s.isEnded {
		s.err = err
		s.unsent = nil
		s.wake()
	}
}

// expire ends the request as its context ends.
func (s *stream) expire() {
	go func() { // the caller must not be blocked by the connection
		s.conn.mu.Lock()
		defer s.conn.mu.Unlock()
		s.cancel(errExpired)
	}()
}

// cancel ends a stream that is not over, and tells the server. The caller holds the lock.
func (s *stream) cancel(err error) {
	c := s.conn
	if c.streams[s.id] != s {
		return
	}
	s.end(err)
	s.unsent = nil
	_ = c.writer.WriteRSTStream(s.id, http2.ErrCodeCancel)
	c.remove(s)
	c.flush()
}

// complete says that the response is complete. The caller holds the lock.
func (s *stream) complete() error {
	if s.left > 0 {
		s.end(io.ErrUnexpectedEOF)
	}
	s.isEnded = true
	s.conn.awake = append(s.conn.awake, s)
	if len(s.unsent) > 0 { // the answer needs no more of it
		s.unsent = nil
		_ = s.conn.writer.WriteRSTStream(s.id, http2.ErrCodeCancel)
	}
	s.conn.remove(s)
	return nil
}

// gotHeader handles the header of a response, or its trailer.
func (c *Conn) gotHeader(f *http2.MetaHeadersFrame) error {
	s := c.streams[f.StreamID]
	if s == nil { // it has ended
		return nil
	}
	if s.hasHead {
		return s.gotTrailer(f)
	}
	s.trace.FirstByte()
	if f.Truncated {
		return s.refuse("the header of the response is longer than allowed")
	}
	status, err := strconv.Atoi(f.PseudoValue("status"))
	if err != nil {
		return s.refuse("a response without a status")
	}
	if status >= 100 && status < 200 {
		if f.StreamEnded() {
			return s.refuse(fmt.Sprintf("an interim response (%d) that ends the stream", status))
		}
		if err := s.trace.Interim(status); err != nil {
			c.reset(s.id, http2.ErrCodeCancel, err)
		}
		return nil
	}
	return s.setResponse(f, status)
}

// refuse ends the stream because its response is not valid.
func (s *stream) refuse(why string) error {
	s.conn.reset(s.id, http2.ErrCodeProtocol, protocolError(why))
	return nil
}

func (s *stream) setResponse(f *http2.MetaHeadersFrame, status int) error {
	header, values := make(http.Header, len(f.Fields)), make([]string, len(f.Fields)) // most names come once
	r := &s.response
	for i, field := range f.RegularFields() {
		name := http.CanonicalHeaderKey(field.Name)
		switch before, again := header[name]; {
		case name == "Trailer":
			r.Trailer = addTrailers(r.Trailer, field.Value)
		case again:
			header[name] = append(before, field.Value)
		default:
			values[i] = field.Value
			header[name] = values[i : i+1 : i+1]
		}
	}
	*r = http.Response{
		Proto: "HTTP/2.0", ProtoMajor: 2, Header: header, StatusCode: status, Status: statusText(status),
		ContentLength: -1, Trailer: r.Trailer, Request: s.message.request,
	}
	bodiless := s.message.request.Method == http.MethodHead
	if lengths := header["Content-Length"]; len(lengths) == 1 {
		if n, err := strconv.ParseUint(lengths[0], 10, 63); err == nil {
			r.ContentLength = int64(n)
		}
	} else if len(lengths) == 0 && f.StreamEnded() && !bodiless {
		r.ContentLength = 0
	}
	if s.left, s.bodiless = r.ContentLength, bodiless; bodiless {
		s.left = 0
	}
	s.hasHead = true
	if f.StreamEnded() {
		return s.complete()
	}
	s.conn.awake = append(s.conn.awake, s)
	return nil
}

func statusText(status int) string {
	if status == http.StatusOK {
		return "200 OK"
	}
	return strconv.Itoa(status) + " " + http.StatusText(status)
}
