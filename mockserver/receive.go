package mockserver

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"unicode/utf8"

	"weighbridge/mockserver/api"
)

// keptBody is the largest buffer kept for the next body, in bytes.
const keptBody = 1 << 20

// receive reads the body of a request that is let in, and plans its answer.
func (s *Server) receive(x *exchange) error {
	if x.r.ContentLength != 0 && !isJSON(x.r.Header.Get("Content-Type")) {
		return &refusal{status: http.StatusUnsupportedMediaType, message: "the Content-Type must be application/json"}
	}
	most := cmp.Or(x.route.MaxBody, api.DefaultMaxBody)
	if x.r.ContentLength > most {
		return tooLarge(most)
	}
	buffer := s.bodies.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= keptBody {
			buffer.Reset()
			s.bodies.Put(buffer)
		}
	}()
	x.received = true
	if _, err := buffer.ReadFrom(http.MaxBytesReader(x.w, x.r.Body, most)); err != nil {
		return unreadable(x, err)
	}
	if !utf8.Valid(buffer.Bytes()) { // RFC 8259, section 8.1; encoding/json would put U+FFFD in its place
		return &refusal{status: http.StatusBadRequest, message: "the body is not UTF-8"}
	}
	return refused(s.read(x, buffer.Bytes()))
}

// read takes the body apart, which is not kept.
func (s *Server) read(x *exchange, body []byte) error {
	var err error
	if x.route.Complete == nil {
		x.told, err = x.route.Handle(s.query(x, body))
		x.entry.Prompts = x.told.Prompts
		return err
	}
	call, err := x.route.Complete.Read(x.r.Header, body)
	if err != nil {
		return err
	}
	if call.Stream && x.route.Complete.Stream == nil {
		return errors.New("this endpoint has no streams")
	}
	x.entry.Prompts = len(call.Prompts)
	x.answer = plan(x.setup, x.moment, call)
	x.answer.Created = x.started
	return nil
}

// query is what an endpoint may ask that no model serves.
func (s *Server) query(x *exchange, body []byte) api.Query {
	return api.Query{
		Request: x.r, Body: body, ID: x.id, Now: x.started, Base: s.base(x.r),
		Tokens: x.setup.inputTokens,
		Complete: func(id uint64, index int, call api.Call) api.Item {
			m := x.moment
			m.Attempt = id // the one that made the batch decides
			return s.item(x.setup, m, index, call)
		},
		BatchDuration: x.setup.config.Batches.Duration.Quantile(x.setup.streams.batches.At(x.id)),
		Batches:       s.batches,
	}
}

// refused makes a refusal of what an endpoint has against a request.
func refused(err error) error {
	if err == nil {
		return nil
	}
	var no *api.Refusal
	if errors.As(err, &no) {
		return &refusal{status: no.Status, kind: no.Kind, message: no.Message, param: no.Param}
	}
	var mine *refusal
	if errors.As(err, &mine) || errors.Is(err, errGone) {
		return err
	}
	return &refusal{status: http.StatusBadRequest, message: err.Error()}
}

// unreadable tells a client that left from one that sent a wrong body.
func unreadable(x *exchange, err error) error {
	var large *http.MaxBytesError
	var broken net.Error
	switch {
	case errors.As(err, &large):
		return tooLarge(large.Limit)
	case errors.Is(err, io.ErrUnexpectedEOF), errors.As(err, &broken), x.r.Context().Err() != nil:
		return errGone
	}
	return &refusal{status: http.StatusBadRequest, message: "the body cannot be read: " + err.Error()}
}

func tooLarge(most int64) *refusal {
	return &refusal{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("the body is over %d bytes", most)}
}

func isJSON(contentType string) bool {
	if contentType == "application/json" { // the way nearly all clients write it
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == "application/json"
}
