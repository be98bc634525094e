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

// errGone is a client that left before it was answered.
var errGone = errors.New("the client is gone")

// drop ends an exchange without an answer: by a reply that holds none.
type drop struct{ reply *fault.Reply }

func (d *drop) Error() string { return "the exchange is dropped" }

// refusal is an answer that is not a success.
type refusal struct {
	status  int
	kind    api.Kind
	message string
	// param is the field of the body that is to blame; empty is none.
	param  string
	header map[string]string
	// body is what is answered in place of the dialect's words; nil is none.
	body []byte
}

func (r *refusal) Error() string { return r.message }

// exchange is one attempt on its way through the mock.
type exchange struct {
	s *Server
	w http.ResponseWriter
	r *http.Request
	// id is what its decisions are drawn from, client what the client calls it (0 is nothing).
	id      uint64
	client  uint32
	started time.Time
	// setup is what the mock was told to be when the attempt arrived.
	setup   *setup
	dialect *api.Dialect
	route   *route
	moment  fault.Moment
	who     authz.Identity
	// received says that the body was read, as far as it could be.
	received bool
	// Either call, whose prompts the model serves, or told.
	answer api.Answer
	told   api.Response
	// slots is where a slot is held; nil is none.
	slots *fault.Slots
	// gap is between two tokens of a stream.
	gap    time.Duration
	timing timing
	// answered says that nothing but the last piece of the answer is left to send.
	answered bool
	// intended and actual are how long the attempt was to be held back, and was.
	intended, actual time.Duration
	entry            ledger.Entry
	// reply is the answer on its way out, and piece its body where that is one.
	reply fault.Reply
	piece [1]fault.Part
}

// step is one thing that happens to an exchange; an error ends it. Its time
// counts as part's.
type step struct {
	part int
	do   func(*exchange) error
}

// order is the order of work, up to the answer; spoilers are what may happen to
// that. A new fault is a line here or there, where it strikes.
func (s *Server) order() []step {
	return []step{
		{untimed, s.find},
		{untimed, s.strike},
		{auth, s.authorize},
		{untimed, s.receive},
		{limit, s.limit},
		{queue, s.enqueue},
		{model, s.serve},
		{untimed, s.hold},
	}
}

// run takes an exchange through the steps, as far as it gets. The end of a timed
// step is the beginning of the next: reading the clock is a good part of what
// the mock costs.
func (s *Server) run(x *exchange) error {
	var at time.Time // where the last timed step ended, if it was the last step
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

// wait holds an exchange back, and notes how well.
func (s *Server) wait(x *exchange, d time.Duration) error { return s.waitFor(x, d, d) }

// waitFor means to hold an exchange back for d, and waits for less where some of it
// has passed already.
func (s *Server) waitFor(x *exchange, d, left time.Duration) error {
	x.intended += max(d, 0)
	if left <= 0 {
		return x.r.Context().Err()
	}
	begun := s.clock.Now()
	err := s.clock.Sleep(x.r.Context(), left)
	x.actual += s.clock.Now().Sub(begun)
	return err
}

// Sleep holds back a piece of the answer. What the waits before it took too long is
// taken off: a timer is late each time, and over a stream of many pieces that would
// add up to a slower model than was asked for.
func (x *exchange) Sleep(_ context.Context, d time.Duration) error {
	return x.s.waitFor(x, d, d-max(x.actual-x.intended, 0))
}

// release gives back the slot that enqueue took, if one is held.
func (x *exchange) release() {
	if x.slots != nil {
		x.slots.Release()
		x.slots = nil
	}
}
