package attack

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"weighbridge/bench/attack/hits"
	"weighbridge/bench/attack/live"
	"weighbridge/bench/attack/pieces"
	"weighbridge/bench/attack/regional"
	"weighbridge/target"
)

// volley is one vegeta attack. Its pacer waits until a request is to be sent, and its round tripper,
// which vegeta's client calls for each hit, sends it. With a fixed number of workers the round tripper
// takes a request when its worker is free; else the pacer hands requests over, and hits, which vegeta
// does not name, take them in that order.
type volley struct {
	// next returns the next request at the moment at which it is to be sent, or false at the end of
	// the attack. With a fixed number of workers, several may call it at a time.
	next func() (*request, bool)
	// wait, if set, says that next returns requests early. The worker of a request calls it, and sends the
	// request when it returns true; false says that the request is not to be sent after all.
	wait func(*request) bool
	// late, if set, reports whether no request can be answered any more. What is still to be sent then fails without
	// a worker.
	late func() bool
	// queue holds the requests that were handed over, or are to be.
	queue *handover
	send  func(*request) *exchange
	// think, if set, keeps the worker busy after the answer. No figure includes that time: the
	// exchange has ended, and the worker takes its next request afterwards.
	think func(*request)
	// workers is a fixed number of workers, each of which takes a request whenever it is free; 0
	// starts as many as are needed to send each request at its moment.
	workers uint64
	// follow, if set, returns what the worker of a request sends after it, in the same hit; nil for
	// nothing.
	follow func(*request) *request
	// stagger, if set, is for how long the n-th worker holds back its first request.
	stagger func(worker uint64) time.Duration
}

// fire runs the attack to its end and passes every hit to count, one at a time.
func (v volley) fire(count func(hit)) error {
	t := &roundTripper{volley: v, count: count, ok: http.Response{StatusCode: http.StatusOK, Body: http.NoBody}}
	var pacer vegeta.Pacer = scheduled{t}
	if v.workers > 0 {
		pacer = &whenFree{t}
	}
	options := []func(*vegeta.Attacker){vegeta.Client(&http.Client{Transport: t}), vegeta.MaxBody(-1)}
	if v.workers > 0 {
		options = append(options, vegeta.Workers(v.workers), vegeta.MaxWorkers(v.workers))
	}
	v.drain(vegeta.NewAttacker(options...).Attack(placeholder, pacer, 0, ""))
	if handedOver := v.queue.handedOver(); t.counted != handedOver {
		return fmt.Errorf("%d requests were handed over, of which %d were sent", handedOver, t.counted)
	}
	return nil
}

// resultsRest is the pause between two takes of results under open load. Workers wait for the next take,
// and vegeta starts others meanwhile. Waking a goroutine for each result costs as much as sending its
// request.
const resultsRest = 5 * time.Millisecond

// drain takes vegeta's results to their end. The round tripper has counted them.
func (v volley) drain(results <-chan *vegeta.Result) {
	for range results {
		for more := v.workers == 0; more; more = takeWaiting(results) {
			time.Sleep(resultsRest)
		}
	}
}

// takeWaiting takes the results that can be taken at once, and reports whether there were any.
func takeWaiting(results <-chan *vegeta.Result) (taken bool) {
	for {
		select {
		case _, ok := <-results:
			if !ok {
				return false
			}
			taken = true
		default:
			return taken
		}
	}
}

// placeholder is a targeter. The round tripper knows the target; a URL would be parsed for every hit.
func placeholder(t *vegeta.Target) error {
	t.Method = http.MethodGet
	return nil
}

// scheduled is a pacer that fires a hit when a request is due.
type scheduled struct{ *roundTripper }

// Pace waits until the next request is due, or returns true if there is none.
func (s scheduled) Pace(time.Duration, uint64) (wait time.Duration, stop bool) {
	r, ok := s.next()
	for ok && s.late != nil && s.late() {
		if s.wait == nil || s.wait(r) {
			s.queue.enter(r)
			s.exchange(r)
		}
		r, ok = s.next()
	}
	switch {
	case !ok:
	case s.wait != nil:
		s.queue.post(r)
	default:
		s.queue.give(r)
	}
	return 0, !ok
}

// Rate is part of vegeta's Pacer. Only its plots, which are not used, call it.
func (scheduled) Rate(time.Duration) float64 { return 0 }

// whenFree is a pacer that fires a hit whenever a worker is free.
type whenFree struct{ *roundTripper }

// Pace returns true once there was no request for a worker.
func (f *whenFree) Pace(time.Duration, uint64) (wait time.Duration, stop bool) {
	return 0, f.ended.Load()
}

// Rate is part of vegeta's Pacer. Only its plots, which are not used, call it.
func (*whenFree) Rate(time.Duration) float64 { return 0 }

// roundTripper sends the requests of a volley.
type roundTripper struct {
	volley
	// ok is the response to most hits; nobody changes it.
	ok http.Response
	// ended says that a worker found no request.
	ended   atomic.Bool
	mu      sync.Mutex
	count   func(hit)
	counted uint64
}

// RoundTrip sends the request that a hit of vegeta's stands for, and those that follow it.
func (t *roundTripper) RoundTrip(*http.Request) (*http.Response, error) {
	status := http.StatusOK // if nothing is left to be sent
	for r := t.take(); r != nil; r = t.following(r) {
		status = t.exchange(r)
	}
	if status == http.StatusOK {
		return &t.ok, nil
	}
	return &http.Response{StatusCode: status, Body: http.NoBody}, nil
}

// take returns the request of a hit; nil if there is none any more.
func (t *roundTripper) take() *request {
	if t.workers == 0 {
		return t.takePosted()
	}
	r, ok := t.next()
	if !ok {
		t.ended.Store(true)
		return nil
	}
	t.queue.enter(r)
	if r.seq < t.workers && t.stagger != nil {
		r.stagger = t.stagger(r.seq)
	}
	return r
}

// takePosted returns the request that the pacer has left to the worker, once it is to be sent; nil if it
// is not.
func (t *roundTripper) takePosted() *request {
	r := t.queue.take()
	switch {
	case t.wait == nil:
	case t.wait(r):
		t.queue.start(r)
	default:
		t.queue.drop(r)
		return nil
	}
	return r
}

// following returns the request that the worker sends next within the same hit; nil for none.
func (t *roundTripper) following(before *request) *request {
	if t.follow == nil {
		return nil
	}
	r := t.follow(before)
	if r != nil {
		t.queue.enter(r)
	}
	return r
}

// exchange sends a request, counts it, and returns the status of the answer for vegeta, whose figures are not
// used; 200 if there was no answer.
func (t *roundTripper) exchange(r *request) (status int) {
	r.exchange = t.send(r)
	r.exchange.SlotWait += r.held
	t.mu.Lock()
	t.count(r)
	t.counted++
	t.mu.Unlock()
	t.queue.counted(r)
	if t.think != nil {
		t.think(r)
	}
	if n := len(r.exchange.Attempts); n > 0 && r.exchange.Attempts[n-1].Status > 0 {
		return r.exchange.Attempts[n-1].Status
	}
	return http.StatusOK
}

// countCalls counts the attempts of a request by status. It leaves out the last attempt if the harness ended it,
// because the server did not fail to answer that one.
func countCalls(to *live.Counts, x *exchange) {
	own := x.Outcome.Class == target.CutOff || x.Outcome.Class == target.Generator
	for i, a := range x.Attempts {
		if a.Status > 0 || !own || i < len(x.Attempts)-1 {
			to.Called(a.Status)
		}
	}
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
		Run: a.began, Arm: a.Name, Phase: phase, Block: h.Prompts[0].Block, Seq: a.fired[phase] + h.seq,
		Due: sinceBegan(due), Formed: sinceBegan(formed), PickedUp: sinceBegan(h.pickedUp), Sent: sinceBegan(x.Sent), End: sinceBegan(x.End),
		SlotWait: x.SlotWait, Prompts: len(h.Prompts), Failed: x.Outcome.Failed, Attempts: len(x.Attempts),
		InputTokens: x.Outcome.InputTokens, OutputTokens: x.Outcome.OutputTokens,
		Class: string(x.Outcome.Class), Error: shortened(x.Outcome.Detail),
		BodySent: x.BodySent, BodyReceived: x.BodyReceived, Counted: counted, Turn: h.Prompts[0].Turn(),
		Cache: string(x.Cache.Source), CacheAge: x.Cache.Age, CachedAttempt: x.Cache.Attempt, CachedRegion: x.Cache.Region, Stale: x.Cache.Stale,
	}
	if n := len(x.Attempts); n > 0 {
		last := x.Attempts[n-1]
		reported.Regions, reported.AttemptIDs = regional.Way(x.Attempts)
		reported.Session, reported.SessionState = x.Session, last.Session
		reported.FirstAttempt, reported.LastAttempt, reported.Status = x.Attempts[0].ID, last.ID, last.Status
		if last.Status > 0 {
			reported.FirstByte = sinceBegan(x.Sent.Add(x.FirstByte))
		}
	}
	if n := len(x.Content); n > 0 {
		reported.FirstContent, reported.LastContent = sinceBegan(x.Sent.Add(x.Content[0])), sinceBegan(x.Sent.Add(x.Content[n-1]))
	}
	if at, ok := pieces.FirstOutput(x.Outcome.Content, x.Content); ok {
		reported.FirstOutput = sinceBegan(x.Sent.Add(at))
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
