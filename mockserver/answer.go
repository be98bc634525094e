package mockserver

import (
	"errors"
	"net/http"
	"strconv"

	"weighbridge/mockserver/fault"
)

// run takes an exchange through the steps, as far as it gets.
func (s *Server) run(x *exchange) error {
	for _, step := range s.steps {
		begun := s.clock.Now()
		err := step.do(x)
		if step.part != untimed {
			x.timing[step.part] += s.clock.Now().Sub(begun)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// finish answers an exchange, or drops it. The ledger knows of the answer
// before its first byte leaves.
func (s *Server) finish(x *exchange, err error) {
	var no *refusal
	switch {
	case err == nil:
		s.succeed(x)
	case errors.As(err, &no):
		s.refuse(x, no)
	case errors.Is(err, errReset):
		s.ledger.Finish(x.entry)
		fault.Abort(x.w, x.r)
	case errors.Is(err, errGone), x.r.Context().Err() != nil:
		x.entry.Gone = true
		s.ledger.Finish(x.entry)
		panic(http.ErrAbortHandler)
	default:
		s.refuse(x, &refusal{status: http.StatusInternalServerError, message: err.Error()})
	}
}

func (s *Server) succeed(x *exchange) {
	s.complete(x)
	body, err := x.word(x.answer)
	if err != nil {
		s.refuse(x, &refusal{status: http.StatusInternalServerError, message: err.Error()})
		return
	}
	usage := x.answer.Usage()
	x.entry.Input, x.entry.Output = usage.Input, usage.Output
	s.write(x, http.StatusOK, body)
}

func (s *Server) refuse(x *exchange, no *refusal) {
	for name, value := range no.header {
		x.w.Header().Set(name, value)
	}
	s.write(x, no.status, x.dialect.Failure(no.status, no.message))
}

func (s *Server) write(x *exchange, status int, body []byte) {
	h := x.w.Header()
	h["Content-Type"] = []string{"application/json"}
	h["Content-Length"] = []string{strconv.Itoa(len(body))}
	x.timing[total] = s.clock.Now().Sub(x.started)
	if s.config.ServerTiming {
		h["Server-Timing"] = []string{x.timing.String()}
	}
	x.entry.Status, x.entry.Took = status, x.timing[total]
	s.ledger.Finish(x.entry)
	x.w.WriteHeader(status)
	_, _ = x.w.Write(body) // a client that is gone needs no answer
}
