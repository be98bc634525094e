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

// maxPooledBody is the largest buffer that is kept for reuse, in bytes.
const maxPooledBody = 1 << 20

// receive reads the body of an authenticated request, and plans its answer.
func (s *Server) receive(x *exchange) error {
	if want := x.route.ContentType; x.r.ContentLength != 0 && !hasType(x.r.Header.Get("Content-Type"), want) {
		return &refusal{status: http.StatusUnsupportedMediaType, message: "the Content-Type must be " + cmp.Or(want, "application/json")}
	}
	most := cmp.Or(x.route.MaxBody, api.DefaultMaxBody)
	if x.r.ContentLength > most {
		return tooLarge(most)
	}
	buffer := s.bodies.Get().(*bytes.Buffer)
	defer func() {
		if buffer.Cap() <= maxPooledBody {
			buffer.Reset()
			s.bodies.Put(buffer)
		}
	}()
	x.received = true
	if _, err := buffer.ReadFrom(http.MaxBytesReader(x.w, x.r.Body, most)); err != nil {
		return bodyError(x, err)
	}
	if !utf8.Valid(buffer.Bytes()) { // RFC 8259, section 8.1; encoding/json would insert U+FFFD instead
		return &refusal{status: http.StatusBadRequest, message: "the body is not UTF-8"}
	}
	return asRefusal(s.parseBody(x, buffer.Bytes()))
}

// parseBody parses the body and plans the answer. It does not retain body.
func (s *Server) parseBody(x *exchange, body []byte) error {
	var err error
	if x.route.Complete == nil {
		x.response, err = x.route.Handle(s.query(x, body))
		x.entry.Prompts = x.response.Prompts
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
	x.answer = planAnswer(x.setup, x.moment, call)
	if x.setup.config.Edge.Entries > 0 && !call.Stream {
		x.edge = edgeKeyOf(x.r, body)
	}
	x.answer.Created = x.started
	return nil
}

// query returns the Query for an endpoint that is answered without the model.
func (s *Server) query(x *exchange, body []byte) api.Query {
	return api.Query{
		Request: x.r, Body: body, ID: x.id, Now: x.started, Base: s.baseURL(x.r),
		Tokens: x.setup.inputTokens,
		Complete: func(id uint64, index int, call api.Call) api.Item {
			m := x.moment
			m.Attempt = id // the attempt that created the batch decides
			return s.batchItem(x.setup, m, index, call)
		},
		BatchDuration: x.setup.config.Batches.Duration.Quantile(x.setup.random.batches.At(x.id)),
		Batches:       s.batches,
		Files:         s.files,
	}
}

// asRefusal converts an error of an endpoint into a refusal.
func asRefusal(err error) error {
	if err == nil {
		return nil
	}
	var refused *api.Refusal
	if errors.As(err, &refused) {
		return &refusal{status: refused.Status, kind: refused.Kind, message: refused.Message, param: refused.Param}
	}
	var own *refusal
	if errors.As(err, &own) || errors.Is(err, errGone) {
		return err
	}
	return &refusal{status: http.StatusBadRequest, message: err.Error()}
}

// bodyError returns errGone if the client has left, and a refusal if its body is invalid.
func bodyError(x *exchange, err error) error {
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
	return &refusal{status: http.StatusRequestEntityTooLarge, message: fmt.Sprintf("the body is longer than %d bytes", most)}
}

func hasType(contentType, want string) bool {
	want = cmp.Or(want, "application/json")
	if contentType == want { // the form that nearly all clients use
		return true
	}
	kind, _, err := mime.ParseMediaType(contentType)
	return err == nil && kind == want
}
