package mockserver

import (
	"context"
	"errors"
	"net/http"
	"time"

	"weighbridge/mockserver/api"
	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// errGone means that the client left before the answer.
var errGone = errors.New("the client has left")

// drop is the error that ends an exchange without an answer, by a reply with status 0.
type drop struct{ reply *fault.Reply }

func (d *drop) Error() string { return "the exchange was dropped" }

// refusal is the error that ends an exchange with an answer that is not a success.
type refusal struct {
	status  int
	kind    api.Kind
	message string
	// param is the field of the body that caused it; empty if none did.
	param  string
	header map[string]string
	// body replaces the error in the dialect's format if it is not nil.
	body []byte
}

func (r *refusal) Error() string { return r.message }

// exchange is the state of one attempt while the mock serves it.
type exchange struct {
	s *Server
	w http.ResponseWriter
	r *http.Request
	// id is the number from which random decisions are derived, client the client's ID of
	// the attempt (0 if it has none).
	id     uint64
	client uint32
	// region is the name of the region that the attempt came to; unknown ones count as none.
	region  string
	started time.Time
	// setup is the mock's setup when the attempt arrived.
	setup    *setup
	dialect  *api.Dialect
	route    *route
	moment   fault.Moment
	identity authz.Identity
	// received says that the server has begun to read the body.
	received bool
	// answer is set if the model answers prompts, otherwise response.
	answer   api.Answer
	response api.Response
	// edge is the key of the edge cache, if the request has one.
	edge edgeKey
	// slots is where the exchange holds a slot; nil if it holds none.
	slots *fault.Slots
	// gap is the time between two tokens of a stream.
	gap    time.Duration
	timing timing
	// answered says that all but the last piece of the answer has been sent.
	answered bool
	// firstContent and lastContent are when pieces of a stream's text were written, and later is the
	// number of tokens in those after the first.
	firstContent, lastContent time.Time
	later                     uint64
	// intended and actual are how long the attempt was meant to wait, and did wait.
	intended, actual time.Duration
	entry            ledger.Entry
	// reply is the answer; singlePart is the storage for its body if that is one piece.
	reply      fault.Reply
	singlePart [1]fault.Part
}

// step is one stage of an exchange; an error ends the exchange. Its duration is added to
// the given part of the timing.
type step struct {
	part int
	do   func(*exchange) error
}

// newSteps returns the steps of an exchange up to its answer, in order. A fault that
// changes the answer is a line in newFaults instead.
func (s *Server) newSteps() []step {
	return []step{
		{untimed, s.findRoute},
		{untimed, s.enterRegion},
		{untimed, s.injectEarlyFaults},
		{auth, s.authorize},
		{untimed, s.receive},
		{untimed, s.askEdge},
		{untimed, s.usePromptCache},
		{limit, s.applyLimits},
		{queue, s.enqueue},
		{model, s.waitForModel},
		{untimed, s.injectDelay},
	}
}

// run runs the steps until one fails. The end of a timed step is used as the beginning of
// the next one, since reading the clock is a considerable part of the mock's cost.
func (s *Server) run(x *exchange) error {
	var at time.Time // the end of the previous step, if that was timed
	for _, step := range s.steps {
		if step.part == untimed {
			at = time.Time{}
			if err := step.do(x); err != nil {
				return err
			}
			continue
		}
		if at.IsZero() {
			at = s.clock.Now()
		}
		err := step.do(x)
		ended := s.clock.Now()
		x.timing[step.part] += ended.Sub(at)
		at = ended
		if err != nil {
			return err
		}
	}
	return nil
}

// wait delays an exchange by d, and notes the intended and the actual time.
func (s *Server) wait(x *exchange, d time.Duration) error { return s.waitRemaining(x, d, d) }

// waitRemaining notes that an exchange is meant to wait for d, but waits only for the
// remaining part of it.
func (s *Server) waitRemaining(x *exchange, d, remaining time.Duration) error {
	x.intended += max(d, 0)
	if remaining <= 0 {
		return x.r.Context().Err()
	}
	begun := s.clock.Now()
	err := s.clock.Sleep(x.r.Context(), remaining)
	x.actual += s.clock.Now().Sub(begun)
	return err
}

// Sleep delays a piece of the answer. It subtracts the time by which earlier waits were
// too long: timers are always late, and over the many pieces of a stream the model would
// become slower than configured.
func (x *exchange) Sleep(_ context.Context, d time.Duration) error {
	return x.s.waitRemaining(x, d, d-max(x.actual-x.intended, 0))
}

// release releases the slot if the exchange holds one.
func (x *exchange) release() {
	if x.slots != nil {
		x.slots.Release()
		x.slots = nil
	}
}
