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

// finish answers an exchange or drops it, depending on the error of its steps.
func (s *Server) finish(x *exchange, err error) {
	var refused *refusal
	var dropped *drop
	var cached *atEdge
	switch {
	case err == nil:
		s.succeed(x)
	case errors.As(err, &cached):
		s.serveFromEdge(x, cached.answer)
	case errors.As(err, &refused):
		s.refuse(x, refused)
	case errors.As(err, &dropped):
		x.entry.Dropped = true
		s.record(x)
		_ = dropped.reply.Send(x.w, x.r, s.clock) // does not return
	case errors.Is(err, errGone), x.r.Context().Err() != nil:
		x.entry.Gone = true
		s.record(x)
		panic(http.ErrAbortHandler)
	default:
		s.refuse(x, &refusal{status: http.StatusInternalServerError, message: err.Error()})
	}
}

func (s *Server) succeed(x *exchange) {
	if err := s.render(x); err != nil {
		s.refuse(x, &refusal{status: http.StatusInternalServerError, message: err.Error()})
		return
	}
	s.touchSession(x)
	x.setup.faults.applyTo(x, &x.reply)
	if x.route.Complete != nil {
		s.push(x)
	}
	s.send(x)
}

// render renders a success.
func (s *Server) render(x *exchange) error {
	if x.route.Complete == nil {
		x.entry.Input, x.entry.Output = x.response.Usage.Input, x.response.Usage.Output
		x.setReply(http.StatusOK, x.response.ContentType, x.response.Body)
		return nil
	}
	s.writeCompletions(x)
	usage := x.answer.Usage()
	x.entry.Input, x.entry.Output = usage.Input, usage.Output
	now := s.clock.Now()
	current := s.versionAt(x.setup.config.Content, now)
	current.tell(x.w.Header(), now)
	if x.answer.Call.Stream {
		return s.renderStream(x)
	}
	body, err := x.route.Complete.Render(x.answer)
	if err != nil {
		return err
	}
	x.setReply(http.StatusOK, "", body)
	s.keepAtEdge(x, current, now)
	return nil
}

// renderStream renders a success as events, each delayed by the time its tokens take.
func (s *Server) renderStream(x *exchange) error {
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
		Failure: func(after int) []byte {
			return x.dialect.StreamError(api.Failure{
				Status: x.dialect.Overloaded, Message: "injected: the stream fails", RequestID: s.requestID(x),
			}, after).Bytes()
		},
	}
	x.reply.OnContent = x.noteContent
	first := true
	for i, e := range events {
		if e.Tokens > 0 && !first {
			x.later += e.Tokens
		}
		first = first && e.Tokens == 0
		x.reply.Parts[i] = fault.Part{
			Wait: time.Duration(e.Tokens) * x.gap, Bytes: e.Bytes(), Content: e.Tokens > 0, Last: e.Last,
		}
	}
	return nil
}

func (s *Server) refuse(x *exchange, refused *refusal) {
	x.release()
	body := refused.body
	if body == nil {
		body = x.dialect.Failure(api.Failure{
			Status: refused.status, Kind: refused.kind, Message: refused.message, Param: refused.param, RequestID: s.requestID(x),
		})
	}
	x.setReply(refused.status, "", body)
	for name, value := range refused.header {
		x.w.Header().Set(name, value)
	}
	if x.received {
		s.send(x)
	} else {
		answerEarly(x.w, x.r, func() { s.send(x) })
	}
}

// noteContent notes that a piece of text is written now.
func (x *exchange) noteContent() {
	x.lastContent = x.s.clock.Now()
	if x.firstContent.IsZero() {
		x.firstContent = x.lastContent
	}
}

// setReply sets a reply in one piece; it is JSON if contentType is empty.
func (x *exchange) setReply(status int, contentType string, body []byte) {
	if contentType == "" {
		contentType = "application/json"
	}
	x.w.Header()["Content-Type"] = []string{contentType}
	x.singlePart[0] = fault.Part{Bytes: body}
	x.reply = fault.Reply{Status: status, Length: len(body), Parts: x.singlePart[:]}
}

// send sends the reply, unless the client has left. The exchange is in the ledger before
// the last byte of the reply is written.
func (s *Server) send(x *exchange) {
	if s.freeze(x) != nil {
		x.entry.Gone = true
		s.record(x)
		panic(http.ErrAbortHandler)
	}
	s.setHeaders(x)
	x.reply.Done = x.recordAnswer
	err := x.reply.Send(x.w, x.r, x)
	if err != nil && !x.answered {
		x.entry.Gone = true
		s.record(x)
		panic(http.ErrAbortHandler)
	}
}

// recordAnswer ends the exchange, before the last piece of its answer is sent.
func (x *exchange) recordAnswer() {
	x.answered = true
	x.release()
	x.entry.Status = x.reply.Status
	x.timing[total] = x.s.clock.Now().Sub(x.started)
	x.entry.Took = x.timing[total]
	if !x.firstContent.IsZero() {
		x.entry.FirstContent = x.firstContent.Sub(x.started)
		if len(x.reply.Injected) == 0 && x.later > 0 { // with a fault, other tokens may have been sent
			x.entry.PerToken = x.lastContent.Sub(x.firstContent) / time.Duration(x.later)
		}
	}
	if _, trails := x.w.Header()["Trailer"]; trails {
		x.w.Header()["Server-Timing"] = []string{x.timing.String()}
	}
	x.s.record(x)
}

// setHeaders sets the headers that all answers have.
func (s *Server) setHeaders(x *exchange) {
	if x.dialect.SetHeaders != nil {
		now := s.clock.Now()
		x.dialect.SetHeaders(x.w.Header(), api.HeaderInfo{
			RequestID: s.requestID(x), Now: now, Elapsed: now.Sub(x.started), Budgets: s.budgets(now),
		})
	}
	switch {
	case !x.setup.config.ServerTiming:
	case sendsTrailer(x.r, &x.reply):
		x.w.Header()["Trailer"] = []string{"Server-Timing"}
	default:
		x.timing[total] = s.clock.Now().Sub(x.started) + x.reply.TotalWait()
		x.w.Header()["Server-Timing"] = []string{x.timing.String()}
	}
}

// budgets returns the levels of the buckets for rate-limit headers.
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

// requestID returns the ID of an answer, which is the same for the same attempt.
func (s *Server) requestID(x *exchange) string {
	return fmt.Sprintf("req_%016x%08x", x.setup.random.ids.Bits(x.id, -2), uint32(x.id))
}

// freeze waits while a stall affects the exchange.
func (s *Server) freeze(x *exchange) error {
	f := &x.setup.faults
	if !f.stall.Hits(x.moment) {
		return nil
	}
	counted := false
	for {
		remaining := f.config.Stall.Freeze(s.clock.Now().Sub(s.started))
		if remaining <= 0 {
			return nil
		}
		if !counted {
			x.entry.AddFault("stall", 1)
			counted = true
		}
		if err := s.wait(x, remaining); err != nil {
			return err
		}
	}
}

// record enters an exchange into the ledger and the journal, and bills its tokens.
func (s *Server) record(x *exchange) {
	s.allowance.Bill(x.entry.Input + x.entry.Output)
	s.ledger.Finish(x.entry)
	if c := x.setup.config.Callbacks; c != nil && x.entry.Input+x.entry.Output > 0 {
		s.callbacks.Bill(*c, x.id, x.client, ledger.Tokens{Input: x.entry.Input, Output: x.entry.Output})
	}
	if s.journal != nil {
		s.journal.Write(s.journalLine(x))
	}
}

// journalLine returns the journal's line for an exchange.
func (s *Server) journalLine(x *exchange) ledger.Line {
	return ledger.Line{
		N: x.id, ID: x.client, Route: x.entry.Route, Status: x.entry.Status, Prompts: x.entry.Prompts, Faults: x.entry.Faults,
		Intended: x.intended, TokenGeneration: x.identity.Generation,
		At: x.started.Sub(s.started), Actual: x.actual, Took: s.clock.Now().Sub(x.started), Buckets: s.bucketLevels(),
	}
}

// bucketLevels returns the levels of the buckets for the journal.
func (s *Server) bucketLevels() ledger.Buckets {
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
