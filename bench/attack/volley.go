package attack

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"weighbridge/bench/attack/hits"
	"weighbridge/bench/schedule"
	"weighbridge/target/transport"
)

// exchange is the outcome of a request.
type exchange = transport.Exchange

// request is a request to be sent and, once it was, its outcome.
type request struct {
	schedule.Batch
	// Stagger is how long its worker shall wait before sending it, Think how long after
	// the answer.
	Stagger, Think time.Duration
	// wire is what is sent; its body exists once it is built.
	wire transport.Request
	// fate is what became of the conversation with its turn, and left how many turns come after it.
	fate fate
	left int
	// following is the next turn of the conversation, if the same worker sends it.
	following *request
	// seq is its number in the attack, from 0.
	seq uint64
	// pickedUp is when its worker had it ready to send: built, and after its stagger.
	pickedUp time.Time
	// exchange is the outcome, set by the worker.
	exchange *exchange
}

// chars is the length of its prompts, in bytes.
func (r *request) chars() (n int) {
	for _, p := range r.Prompts {
		n += len(p.Text)
	}
	return n
}

// asked is the number of tokens that its prompts were made of; 0 if that is not known.
func (r *request) asked() (tokens uint64) {
	for i := range r.Prompts {
		tokens += uint64(r.Prompts[i].Tokens)
	}
	return tokens
}

// hit is a request with its outcome.
type hit struct {
	*request
	// Seq is its number in the attack, from 0; PickedUp is when a worker took it, or had it
	// ready to send.
	Seq      uint64
	PickedUp time.Time
}

// volley is one vegeta attack. Vegeta starts a worker for each of its hits, and asks the volley when
// to. A worker sends many requests in its hit, from the targeter, the function that vegeta calls to
// learn what to send: what vegeta does for a hit is then done once for each worker and not for each
// request. In the end the targeter returns a method that net/http refuses, so that vegeta itself
// sends nothing.
type volley struct {
	// next returns the next request at the moment at which it is to be sent, or false at the end of
	// the attack. With a fixed number of workers, several may call it at a time.
	next func() (*request, bool)
	// crew are the workers.
	crew *crew
	send func(*request) *exchange
	// think, if set, keeps the worker busy after the answer. No figure includes that time: the
	// exchange has ended, and the worker takes its next request afterwards.
	think func(*request)
	// workers is a fixed number of workers, each of which takes a request whenever it is free; 0
	// starts as many as are needed to send each request at its moment.
	workers uint64
	// follow, if set, returns what the worker of a request sends after it, before it takes another; nil
	// for nothing.
	follow func(*request) *request
	// stagger, if set, is for how long the n-th worker holds back its first request.
	stagger func(worker uint64) time.Duration
}

// fire runs the attack to its end and passes every hit to count, one at a time.
func (v volley) fire(count func(hit)) error {
	var counting sync.Mutex
	counted := uint64(0)
	work := func(t *vegeta.Target) error {
		t.Method = noMethod
		idle := make(chan *request, 1)
		for r := v.crew.first(); r != nil; r = v.another(r, idle) {
			r.exchange = v.send(r)
			counting.Lock()
			count(hit{r, r.seq, r.pickedUp})
			counted++
			counting.Unlock()
			v.crew.counted(r)
			if v.think != nil {
				v.think(r)
			}
		}
		return nil
	}
	options := []func(*vegeta.Attacker){vegeta.Client(&http.Client{Transport: nothing{}}), vegeta.MaxBody(0)}
	if v.workers > 0 {
		options = append(options, vegeta.Workers(v.workers), vegeta.MaxWorkers(v.workers))
	}
	for range vegeta.NewAttacker(options...).Attack(work, v, 0, "") { // until the last worker has ended
	}
	if sent := v.crew.sent; counted != sent {
		return fmt.Errorf("%d requests were handed over, of which %d were sent", sent, counted)
	}
	return nil
}

// Pace returns when vegeta is to start a worker, or true if it needs no more: it is part of vegeta's
// Pacer.
func (v volley) Pace(_ time.Duration, started uint64) (wait time.Duration, stop bool) {
	if v.workers > 0 && started == v.workers {
		return 0, true
	}
	for r, ok := v.next(); ok; r, ok = v.next() {
		if v.stagger != nil {
			r.Stagger = v.stagger(started)
		}
		if !v.crew.give(r) {
			return 0, false
		}
	}
	v.crew.dismiss()
	return 0, true
}

// Rate is part of vegeta's Pacer. Only its plots, which are not used, call it.
func (v volley) Rate(time.Duration) float64 { return 0 }

// another waits for the next request of a worker that has sent the one before; nil if there is none.
func (v volley) another(before *request, idle chan *request) *request {
	if v.follow != nil {
		if r := v.follow(before); r != nil {
			v.crew.enter(r)
			return r
		}
	}
	if v.workers == 0 {
		return v.crew.wait(idle)
	}
	r, ok := v.next()
	if !ok {
		return nil
	}
	v.crew.enter(r)
	return r
}

// noMethod is no method of HTTP.
const noMethod = " "

// nothing is a transport that sends nothing.
type nothing struct{}

func (nothing) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("vegeta sends no request of its own")
}

// maxErrorBytes is the maximum length of the error message of a hit.
const maxErrorBytes = 300

// OnHit sets a function that is called with every measured hit. It must not block: no
// other hit is counted meanwhile. Call OnHit before the first slice.
func (a *Arm) OnHit(f func(hits.Hit)) { a.onHit = f }

// reportHit passes a hit to the function set by OnHit. due is when its first prompt was
// due, formed when its batch was complete.
func (a *Arm) reportHit(phase string, h hit, due, formed time.Time, counted bool) {
	if a.onHit == nil {
		return
	}
	x := h.exchange
	sinceBegan := func(t time.Time) time.Duration {
		if t.IsZero() {
			return 0
		}
		return t.Sub(a.began)
	}
	reported := hits.Hit{
		Run: a.began, Arm: a.Name, Phase: phase, Block: h.Prompts[0].Block, Seq: a.fired[phase] + h.Seq,
		Due: sinceBegan(due), Formed: sinceBegan(formed), PickedUp: sinceBegan(h.PickedUp), Sent: sinceBegan(x.Sent), End: sinceBegan(x.End),
		SlotWait: x.SlotWait, Prompts: len(h.Prompts), Failed: x.Outcome.Failed, Attempts: len(x.Attempts),
		InputTokens: x.Outcome.InputTokens, OutputTokens: x.Outcome.OutputTokens,
		Class: string(x.Outcome.Class), Error: shortened(x.Outcome.Detail),
		BodySent: x.BodySent, BodyReceived: x.BodyReceived, Counted: counted,
	}
	if n := len(x.Attempts); n > 0 {
		last := x.Attempts[n-1]
		reported.FirstAttempt, reported.LastAttempt, reported.Status = x.Attempts[0].ID, last.ID, last.Status
		if last.Status > 0 {
			reported.FirstByte = sinceBegan(x.Sent.Add(x.FirstByte))
		}
	}
	if n := len(x.Content); n > 0 {
		reported.FirstContent, reported.LastContent = sinceBegan(x.Sent.Add(x.Content[0])), sinceBegan(x.Sent.Add(x.Content[n-1]))
	}
	if output := only(outputOf, x.Outcome.Content, x.Content); len(output.at) > 0 {
		reported.FirstOutput = sinceBegan(x.Sent.Add(output.at[0]))
	}
	a.onHit(reported)
}

// shortened cuts a server's message after maxErrorBytes.
func shortened(detail string) string {
	if len(detail) > maxErrorBytes {
		return strings.ToValidUTF8(detail[:maxErrorBytes], "") + "…"
	}
	return detail
}
