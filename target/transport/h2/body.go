package h2

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"strings"

	"golang.org/x/net/http2"
)

// errExpired is the end of a request by that of its context, whose cause says more.
var errExpired = errors.New("the request's context has ended")

// causeOf is the cause of the end of the request's context, if that is what err is.
func (s *stream) causeOf(err error) error {
	if !errors.Is(err, errExpired) {
		return err
	}
	if _, ok := s.ctx.Deadline(); ok && s.ctx.Err() == nil {
		<-s.ctx.Done() // at the same moment
	}
	if cause := context.Cause(s.ctx); cause != nil {
		return cause
	}
	return err
}

// gotData handles a piece of the body of a response. The caller holds the lock.
func (s *stream) gotData(f *http2.DataFrame) error {
	data := f.Data()
	switch n := int(f.Length); {
	case !s.hasHead:
		return s.refuse("a body before the header of its response")
	case n > s.allowed:
		return http2.StreamError{StreamID: s.id, Code: http2.ErrCodeFlowControl}
	case s.message.request.Method == http.MethodHead && len(data) > 0:
		return s.refuse("a body in the response to HEAD")
	case s.left >= 0 && int64(len(data)) > s.left:
		s.keep(data[:s.left])
		return s.refuse("the response is longer than its Content-Length")
	default:
		s.allowed -= n
	}
	if s.left >= 0 {
		s.left -= int64(len(data))
	}
	s.keep(data)
	if f.StreamEnded() {
		return s.complete()
	}
	if padding := int(f.Length) - len(data); padding > 0 {
		s.allow(padding)
	}
	if len(data) > 0 {
		s.conn.awake = append(s.conn.awake, s)
	}
	return nil
}

// keep keeps a piece of the body until it is read. The caller holds the lock.
func (s *stream) keep(data []byte) {
	if len(s.data) == 0 {
		s.data = s.memory
	}
	if s.data = append(s.data, data...); cap(s.data) > cap(s.memory) {
		s.memory = s.data[:0]
	}
}

// allow gives the server back what was read of a body: not for every read. The caller holds the lock.
func (s *stream) allow(n int) {
	const least = streamWindow / 4
	s.returned += n
	if s.returned < least || s.conn.streams[s.id] != s {
		return
	}
	_ = s.conn.writer.WriteWindowUpdate(s.id, uint32(s.returned))
	s.allowed += s.returned
	s.returned = 0
	s.conn.flush()
}

// gotTrailer handles the header that ends a response.
func (s *stream) gotTrailer(f *http2.MetaHeadersFrame) error {
	switch {
	case !f.StreamEnded():
		return s.refuse("a second header that does not end the stream")
	case len(f.PseudoFields()) > 0:
		return s.refuse("a trailer with a pseudo header")
	case f.Truncated:
		return s.refuse("the trailer of the response is longer than allowed")
	}
	trailer := http.Header{}
	for _, field := range f.RegularFields() {
		name := http.CanonicalHeaderKey(field.Name)
		trailer[name] = append(trailer[name], field.Value)
	}
	s.trailer = trailer
	return s.complete()
}

// addTrailers adds the names of trailers that a header announces.
func addTrailers(to http.Header, announced string) http.Header {
	if to == nil {
		to = http.Header{}
	}
	for name := range strings.SplitSeq(announced, ",") {
		if name = textproto.CanonicalMIMEHeaderKey(strings.TrimSpace(name)); name != "" {
			to[name] = nil
		}
	}
	return to
}

// body is the body of a response. One goroutine at a time reads it.
type body struct {
	stream *stream
	ended  bool
}

func (b *body) Read(p []byte) (n int, err error) {
	s := b.stream
	c := s.conn
	if b.ended {
		return 0, io.EOF
	}
	if s.bodiless {
		_ = b.Close() // it is none of a body, and cannot fail
		return 0, io.EOF
	}
	c.mu.Lock()
	for len(s.data) == 0 && s.err == nil && !s.isEnded {
		c.mu.Unlock()
		<-s.news
		c.mu.Lock()
	}
	n = copy(p, s.data)
	s.data = s.data[n:]
	if n > 0 {
		s.allow(n)
	}
	rest := len(s.data)
	err = s.err
	over := s.isEnded && err == nil && rest == 0 // all of it was read
	c.mu.Unlock()
	switch {
	case rest > 0 || len(p) == 0:
		return n, nil
	case err != nil:
		if n > 0 {
			return n, nil
		}
		s.ctx.Unwatch()
		return n, s.causeOf(err)
	case over:
		return n, b.end()
	}
	return n, nil
}

// end ends the body, of which all was read.
func (b *body) end() error {
	b.ended = true
	s := b.stream
	s.ctx.Unwatch()
	for name, values := range s.trailer {
		if s.response.Trailer == nil {
			s.response.Trailer = http.Header{}
		}
		s.response.Trailer[name] = values
	}
	return io.EOF
}

// Close ends the body. A response that is not complete is refused.
func (b *body) Close() error {
	if b.ended {
		return nil
	}
	b.ended = true
	s := b.stream
	s.ctx.Unwatch()
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	s.cancel(errClosed)
	return nil
}

var errClosed = errors.New("the body was closed before its end")
