package mockserver

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/fault"
)

// maxBody bounds a request's body in bytes.
const maxBody = 32 << 20

// keptBody is the largest buffer kept for the next body, in bytes.
const keptBody = 1 << 20

func (s *Server) reset(x *exchange) error {
	if !s.resets.Hits(x.id) {
		return nil
	}
	x.entry.Deal("reset", 1)
	return errReset
}

func (s *Server) route(x *exchange) error {
	route, ok := s.routes[x.r.URL.Path]
	if !ok {
		return &refusal{status: http.StatusNotFound, message: "no such path: " + x.r.URL.Path}
	}
	x.dialect, x.read, x.word = route.dialect, route.Read, route.Word
	if x.r.Method != route.Method {
		return &refusal{
			status: http.StatusMethodNotAllowed, message: "the method must be " + route.Method,
			header: map[string]string{"Allow": route.Method},
		}
	}
	return nil
}

func (s *Server) authorize(x *exchange) error {
	err := s.authorizer.Check(x.r.Context(), x.r.Header)
	var no authz.Refusal
	if errors.As(err, &no) {
		return &refusal{
			status: http.StatusUnauthorized, message: no.Error(),
			header: map[string]string{"WWW-Authenticate": "Bearer"},
		}
	}
	return err
}

func (s *Server) receive(x *exchange) error {
	if !isJSON(x.r.Header.Get("Content-Type")) {
		return &refusal{status: http.StatusUnsupportedMediaType, message: "the Content-Type must be application/json"}
	}
	if x.r.ContentLength > maxBody {
		return tooLarge()
	}
	buffer := s.bodies.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= keptBody {
			buffer.Reset()
			s.bodies.Put(buffer)
		}
	}()
	if _, err := buffer.ReadFrom(http.MaxBytesReader(x.w, x.r.Body, maxBody)); err != nil {
		return s.unreadable(x, err)
	}
	call, err := x.read(buffer.Bytes())
	if err != nil {
		return &refusal{status: http.StatusBadRequest, message: err.Error()}
	}
	x.entry.Prompts = len(call.Prompts)
	x.answer = s.plan(x.id, call)
	return nil
}

// unreadable tells a client that left from one that sent a wrong body.
func (s *Server) unreadable(x *exchange, err error) error {
	var large *http.MaxBytesError
	var broken net.Error
	switch {
	case errors.As(err, &large):
		return tooLarge()
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &broken), x.r.Context().Err() != nil:
		return errGone
	}
	return &refusal{status: http.StatusBadRequest, message: "the body cannot be read: " + err.Error()}
}

func tooLarge() *refusal {
	return &refusal{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("the body is over %d bytes", maxBody)}
}

func isJSON(contentType string) bool {
	if contentType == "application/json" { // the way nearly all clients write it
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}

func (s *Server) limit(x *exchange) error {
	usage := x.answer.Usage()
	ok, wait, bucket := s.limiter.Take(s.clock.Now(), usage.Input, usage.Output)
	if ok {
		return nil
	}
	x.entry.Deal("limit", 1)
	if wait == fault.Never {
		return &refusal{
			status:  http.StatusTooManyRequests,
			message: fmt.Sprintf("the limit of %s is under what this request needs; waiting does not help", bucket),
		}
	}
	seconds, milliseconds := fault.RetryAfter(wait)
	return &refusal{
		status:  http.StatusTooManyRequests,
		message: fmt.Sprintf("the limit of %s is reached", bucket),
		header: map[string]string{
			"Retry-After":    strconv.FormatInt(seconds, 10),
			"Retry-After-Ms": strconv.FormatInt(milliseconds, 10),
		},
	}
}

func (s *Server) enqueue(x *exchange) error {
	err := s.slots.Acquire(x.r.Context())
	if errors.Is(err, fault.ErrQueueFull) {
		x.entry.Deal("queue", 1)
		return &refusal{status: x.dialect.Overloaded, message: err.Error()}
	}
	return err
}

// serve takes as long as the cost model says. An injected error costs what any
// request costs, but no work.
func (s *Server) serve(x *exchange) error {
	defer s.slots.Release()
	cost := s.cost.Request(x.id)
	status := s.errors.Pick(x.id)
	if status == 0 {
		usage := x.answer.Usage()
		cost += s.cost.Work(x.id, len(x.answer.Items), usage.Input, usage.Output)
	}
	if err := s.clock.Sleep(x.r.Context(), cost); err != nil {
		return err
	}
	if status != 0 {
		x.entry.Deal("errors", 1)
		return &refusal{status: status, message: "injected: " + http.StatusText(status)}
	}
	return nil
}
