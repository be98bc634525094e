package mockserver

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"weighbridge/mockserver/api"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// finish answers an exchange, or drops it.
func (s *Server) finish(x *exchange, err error) {
	var no *refusal
	var dropped *drop
	switch {
	case err == nil:
		s.succeed(x)
	case errors.As(err, &no):
		s.refuse(x, no)
	case errors.As(err, &dropped):
		x.entry.Dropped = true
		s.account(x)
		_ = dropped.reply.Send(x.w, x.r, s.clock) // does not return
	case errors.Is(err, errGone), x.r.Context().Err() != nil:
		x.entry.Gone = true
		s.account(x)
		panic(http.ErrAbortHandler)
	default:
		s.refuse(x, &refusal{status: http.StatusInternalServerError, message: err.Error()})
	}
}

func (s *Server) succeed(x *exchange) {
	if err := s.word(x); err != nil {
		s.refuse(x, &refusal{status: http.StatusInternalServerError, message: err.Error()})
		return
	}
	x.setup.faults.spoil(x, &x.reply)
	s.send(x)
}

// word renders a success.
func (s *Server) word(x *exchange) error {
	if x.route.Complete == nil {
		x.entry.Input, x.entry.Output = x.told.Usage.Input, x.told.Usage.Output
		x.whole(http.StatusOK, x.told.ContentType, x.told.Body)
		return nil
	}
	s.complete(x)
	usage := x.answer.Usage()
	x.entry.Input, x.entry.Output = usage.Input, usage.Output
	if x.answer.Call.Stream {
		return s.stream(x)
	}
	body, err := x.route.Complete.Render(x.answer)
	if err != nil {
		return err
	}
	x.whole(http.StatusOK, "", body)
	return nil
}

// stream renders a success as events, each after what its tokens cost.
func (s *Server) stream(x *exchange) error {
	events, err := x.route.Complete.Stream(x.answer)
	if err != nil {
		return err
	}
	header := x.w.Header()
	header.Set("Cache-Control", "no-cache")
	header.Set("Content-Type", "text/event-stream; charset=utf-8")
	x.reply = fault.Reply{
		Status: http.StatusOK, Length: -1, Stream: true,
		Parts: make([]fault.Part, len(events)),
		Failure: x.dialect.StreamError(api.Failure{
			Status: x.dialect.Overloaded, Message: "injected: the stream fails", RequestID: s.requestID(x),
		}).Bytes(),
	}
	for i, e := range events {
		x.reply.Parts[i] = fault.Part{
			Wait: time.Duration(e.Tokens) * x.gap, Bytes: e.Bytes(), Content: e.Tokens > 0, Last: e.Last,
		}
	}
	return nil
}

func (s *Server) refuse(x *exchange, no *refusal) {
	x.release()
	body := no.body
	if body == nil {
		body = x.dialect.Failure(api.Failure{
			Status: no.status, Kind: no.kind, Message: no.message, Param: no.param, RequestID: s.requestID(x),
		})
	}
	x.whole(no.status, "", body)
	for name, value := range no.header {
		x.w.Header().Set(name, value)
	}
	if x.received {
		s.send(x)
	} else {
		hasten(x.w, x.r, func() { s.send(x) })
	}
}

// whole makes the reply one in one piece; JSON where contentType is empty.
func (x *exchange) whole(status int, contentType string, body []byte) {
	if contentType == "" {
		contentType = "application/json"
	}
	x.w.Header()["Content-Type"] = []string{contentType}
	x.piece[0] = fault.Part{Bytes: body}
	x.reply = fault.Reply{Status: status, Length: len(body), Parts: x.piece[:]}
}

// send sends the reply as far as it goes. The ledger knows of it before its last
// byte leaves.
func (s *Server) send(x *exchange) {
	if s.freeze(x) != nil {
		x.entry.Gone = true
		s.account(x)
		panic(http.ErrAbortHandler)
	}
	s.mark(x)
	x.reply.Done = x.done
	err := x.reply.Send(x.w, x.r, x)
	if err != nil && !x.answered {
		x.entry.Gone = true
		s.account(x)
		panic(http.ErrAbortHandler)
	}
}

// done ends the exchange, before the last piece of its answer is sent.
func (x *exchange) done() {
	x.answered = true
	x.release()
	x.entry.Status = x.reply.Status
	x.timing[total] = x.s.clock.Now().Sub(x.started)
	x.entry.Took = x.timing[total]
	if _, trails := x.w.Header()["Trailer"]; trails {
		x.w.Header()["Server-Timing"] = []string{x.timing.String()}
	}
	x.s.account(x)
}

// mark puts into the header what all answers tell.
func (s *Server) mark(x *exchange) {
	if x.dialect.SetHeaders != nil {
		now := s.clock.Now()
		x.dialect.SetHeaders(x.w.Header(), api.HeaderInfo{
			RequestID: s.requestID(x), Now: now, Elapsed: now.Sub(x.started), Budgets: s.budgets(now),
		})
	}
	switch {
	case !x.setup.config.ServerTiming:
	case trails(x.r, &x.reply):
		x.w.Header()["Trailer"] = []string{"Server-Timing"}
	default:
		x.timing[total] = s.clock.Now().Sub(x.started) + x.reply.TotalWait()
		x.w.Header()["Server-Timing"] = []string{x.timing.String()}
	}
}

// budgets are the buckets there are, as clients are told of them.
func (s *Server) budgets(now time.Time) []api.Budget {
	levels := s.limiter.Budgets(now)
	if len(levels) == 0 {
		return nil
	}
	budgets := make([]api.Budget, len(levels))
	for i, l := range levels {
		budgets[i] = api.Budget{Name: l.Name, Limit: uint64(l.Limit), Remaining: uint64(l.Remaining), Full: l.Full}
	}
	return budgets
}

// requestID is the name of an answer, the same for the same attempt.
func (s *Server) requestID(x *exchange) string {
	return fmt.Sprintf("req_%016x%08x", x.setup.streams.names.Bits(x.id, -2), uint32(x.id))
}

// freeze holds an answer back while the whole server stands still.
func (s *Server) freeze(x *exchange) error {
	f := &x.setup.faults
	if !f.stall.Hits(x.moment) {
		return nil
	}
	dealt := false
	for {
		left := f.config.Stall.Freeze(s.clock.Now().Sub(s.born))
		if left <= 0 {
			return nil
		}
		if !dealt {
			x.entry.AddFault("stall", 1)
			dealt = true
		}
		if err := s.wait(x, left); err != nil {
			return err
		}
	}
}

// account enters an exchange into the ledger and the journal.
func (s *Server) account(x *exchange) {
	s.allowance.Bill(x.entry.Input + x.entry.Output)
	s.ledger.Finish(x.entry)
	if s.journal != nil {
		s.journal.Write(s.line(x))
	}
}

// line is an exchange as the journal has it.
func (s *Server) line(x *exchange) ledger.Line {
	return ledger.Line{
		N: x.id, ID: x.client, Route: x.entry.Route, Status: x.entry.Status, Prompts: x.entry.Prompts, Faults: x.entry.Faults,
		Intended: x.intended, TokenGeneration: x.who.Generation,
		At: x.started.Sub(s.born), Actual: x.actual, Took: s.clock.Now().Sub(x.started), Buckets: s.buckets(),
	}
}

// buckets are the levels of the budgets, as the journal has them.
func (s *Server) buckets() ledger.Buckets {
	var b ledger.Buckets
	for _, l := range s.limiter.Budgets(s.clock.Now()) {
		switch l.Name {
		case "requests":
			b.Requests = &l.Remaining
		case "input_tokens":
			b.InputTokens = &l.Remaining
		case "output_tokens":
			b.OutputTokens = &l.Remaining
		}
	}
	return b
}
