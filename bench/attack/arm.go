// Package attack drives one arm: it sends scheduled requests to the target with vegeta
// and counts the responses. It and package hits are the only importers of vegeta.
package attack

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"weighbridge/bench/attack/attempts"
	"weighbridge/bench/attack/hits"
	"weighbridge/bench/attack/live"
	"weighbridge/bench/record"
	"weighbridge/bench/record/ratelimit"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/callbacks"
	"weighbridge/target/dialect"
	"weighbridge/target/transport"
)

// The phases of a run. Every request belongs to one.
const (
	PhaseWarmup = "warmup"
	PhaseOpen   = "open"
	PhaseClosed = "closed"
	// PhaseCapacity is the search for an arm's capacity, by probes.
	PhaseCapacity = "capacity"
	// PhaseBatch is prompts that are submitted to an API for batches.
	PhaseBatch = "batch"
)

// Arm drives one arm through its slices, one slice at a time.
type Arm struct {
	scenarios.Arm
	session
	began  time.Time // of the run
	work   schedule.Work
	client *transport.Client

	log    attempts.Log
	counts Counts
	wire   record.Wire
	// limits counts the measured requests that were not sent, by the limit that was reached.
	limits map[string]uint64
	// past is the totals at earlier endpoints.
	past record.Totals
	// mocked says that the target is a mock, warm that a prompt of the warm-up was answered, and hopeless
	// that the server refuses every request.
	mocked, warm, hopeless bool
	// billing keeps the accounts of usage callbacks; nil without any.
	billing *callbacks.Account
	// failures is the failed requests by what the server said.
	failures reasons.Log
	// overTime is the prompts of open slices by the second.
	overTime record.Series
	// limitsOverTime is what remained of the server's rate limits in the measured slices.
	limitsOverTime ratelimit.Series
	// responses says when the server answered in the last open load.
	responses *responses
	// services are service latencies of the warm-up.
	services []time.Duration
	// cycles holds the workers' cycles in the last closed slice, or in its warm-up.
	cycles cycles

	// long are the answers with more output tokens than was asked for, and the most they had.
	long struct{ answers, most, asked uint64 }

	waits waits
	// warnings are about batches.
	warnings []string

	onHit func(hits.Hit) // may be nil
	// onStop and onLate may be nil; answered says that a prompt was answered.
	onStop   func(Stop)
	onLate   func()
	answered atomic.Bool
	// measureCPU may be nil.
	measureCPU MeasureCPU
	// reached counts the connections to earlier endpoints, by address.
	reached map[string]uint64
	// fired is the number of requests that earlier slices sent, by phase.
	fired map[string]uint64
}

// New returns an arm that carries out work against an endpoint. Its times count from
// began, the start of the run. New reads secrets and compiles templates and
// expressions, so that errors in them are found before any load. It adds the secrets that
// the arm uses, and later its tokens, to those that are kept out of texts.
func New(arm scenarios.Arm, end Endpoint, work schedule.Work, began time.Time, secrets *target.Redactor) (*Arm, error) {
	if err := learn(secrets, arm); err != nil {
		return nil, err
	}
	arm.Client.UserAgent = cmp.Or(arm.Client.UserAgent, end.UserAgent, "weighbridge")
	resolved, err := arm.Target.Resolved()
	if err != nil {
		return nil, err
	}
	chosen, err := dialect.New(resolved)
	if err != nil {
		return nil, err
	}
	session, err := newSession(arm, end, secrets)
	if err != nil {
		return nil, err
	}
	headers, err := fixedHeaders(resolved)
	if err != nil {
		return nil, err
	}
	work.Prompts = arm.Prompts
	return &Arm{
		Arm: arm, session: session, began: began, work: work,
		client: transport.NewClient(transport.Options{
			Base: session.base, Dialect: chosen, Client: arm.Client, Headers: headers, Auth: session.scheme,
			Connections: session.pool, SendAttemptID: end.HasLedger, Jitter: lockedFloat64(schedule.Random(work.Seed, "jitter", work.Arm)),
			Regions: session.regions.Servers(),
		}),
		mocked: end.HasLedger, billing: end.Billing,
		log:   attempts.NewLog(),
		fired: map[string]uint64{},
	}, nil
}

// learn makes the secrets of an arm's target and client known.
func learn(secrets *target.Redactor, arm scenarios.Arm) error {
	ofTarget, targetErr := arm.Target.Secrets()
	ofClient, clientErr := arm.Client.Secrets()
	secrets.Add(append(ofTarget, ofClient...)...)
	return cmp.Or(targetErr, clientErr)
}

// lockedFloat64 returns rng.Float64, made safe for concurrent use.
func lockedFloat64(rng *rand.Rand) func() float64 {
	var mu sync.Mutex
	return func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return rng.Float64()
	}
}

// Close closes the arm's idle connections. Call it between slices.
func (a *Arm) Close() { a.session.close() }

// Limit sets what reserves the arm's attempts before they leave. Call it before the first slice.
func (a *Arm) Limit(by *budget.Meter) { a.client.Budget = by }

// AttemptLog returns the arm's log of attempts. Call it between slices.
func (a *Arm) AttemptLog() *attempts.Log { return &a.log }

// Counts returns the measured prompts so far.
func (a *Arm) Counts() *Counts { return &a.counts }

// OverTime returns what became of the prompts of open slices, by the second in which
// they were due, or nil if there were none. Call it after the last slice.
func (a *Arm) OverTime() *record.Series {
	if len(a.overTime.Points) == 0 {
		return nil
	}
	return &a.overTime
}

// LimitsOverTime returns what remained of the server's rate limits in the measured slices, or nil
// if no answer told. Call it after the last slice.
func (a *Arm) LimitsOverTime() *ratelimit.Series {
	if len(a.limitsOverTime.Points) == 0 {
		return nil
	}
	return &a.limitsOverTime
}

// OnStop sets a function that is called when the arm asks for the end of the run: because its server
// refuses all requests, or because too many of its prompts failed. It may be called several times,
// from any goroutine, and must not block. Call OnStop before the first slice.
func (a *Arm) OnStop(f func(Stop)) {
	a.onStop = f
	a.client.Fatal = func(x *exchange) {
		if a.ends(x) && a.answered.Load() {
			f(Stop{By: "load.stop.on", Why: fmt.Sprintf("arm %s: no retry mends %s (%s)", a.Name, x.Outcome.Detail, x.Outcome.Fatal)})
		}
	}
}

// OnLate sets a function that is called when a request of open load leaves late, from any goroutine. It must not block. Call
// OnLate before the first slice.
func (a *Arm) OnLate(f func()) { a.onLate = f }

// ends reports whether an answer ends the run. The faults of a mock are asked for, and a credential
// that is fetched or signed may be accepted again once it is renewed.
func (a *Arm) ends(x *exchange) bool {
	fatal := x.Outcome.Fatal
	renewed := a.Target.Auth.Scheme != "apikey" && a.Target.Auth.Scheme != "none"
	switch {
	case a.mocked, fatal == "", !slices.Contains(a.Load.Stop.On, string(fatal)):
		return false
	}
	return fatal != target.FatalCredential || !renewed || !a.answered.Load()
}

// checkErrors asks for the end of the run if too many of the measured prompts failed.
func (a *Arm) checkErrors() {
	stop := a.Load.Stop
	failed, answered := a.counts.Failed.Load(), a.counts.Answered.Load()
	all := failed + answered
	if a.onStop == nil || stop.ErrorRate >= 1 || all < uint64(stop.After) || float64(failed) <= stop.ErrorRate*float64(all) {
		return
	}
	a.onStop(Stop{By: "load.stop.error_rate", Why: fmt.Sprintf("arm %s: %d of %d prompts failed, over %.3g%%", a.Name, failed, all, 100*stop.ErrorRate)})
}

// Failures returns the most frequent kinds of failure so far, by phase. Call it between slices.
func (a *Arm) Failures() []reasons.Failure { return a.failures.List() }

// NewFailures returns those of Failures that no earlier call has returned.
func (a *Arm) NewFailures() []reasons.Failure { return a.failures.New() }

// logFailure counts a request that failed in a phase. Only one goroutine may call it at a time.
func (a *Arm) logFailure(phase string, x *exchange) {
	if x.Outcome.Class == target.Success || x.Outcome.Class == target.Budget || x.HeldBack {
		return
	}
	words := strings.TrimPrefix(x.Outcome.Detail, fmt.Sprintf("%d ", x.Status))
	a.failures.Add(phase, string(x.Outcome.Class), x.Status, words, record.Milliseconds(x.End.Sub(a.began)))
}

// Totals returns the totals of the arm's run so far. Call it between slices.
func (a *Arm) Totals() record.Totals {
	t := a.past
	t.Merge(a.session.totals())
	t.Attempts += a.log.Attempts()
	t.Tokens, t.Unreported = a.log.Tokens, a.log.Unreported
	t.Answered, t.Unsettled = a.log.Prompts, a.log.Unsettled
	t.Wire, t.WrongProtocol = a.wire, a.log.WrongProtocol
	t.Limits = maps.Clone(a.limits)
	return t
}

// logRequest logs a request, and tells the account of callbacks what its answer bills. Only one goroutine may call
// it at a time.
func (a *Arm) logRequest(x *exchange) {
	a.log.AddRequest(x)
	a.bill(x)
}

// logWarmup logs a request of the warm-up, and how long the server took if it answered.
func (a *Arm) logWarmup(h hit) {
	a.warm = a.warm || h.exchange.Outcome.Failed < len(h.Prompts)
	a.log.Prompts += uint64(len(h.Prompts) - h.exchange.Outcome.Failed)
	a.logRequest(h.exchange)
	if a.scheme != nil {
		a.waits.warm = a.scheme.Cost().Waits
	}
	a.logFailure(PhaseWarmup, h.exchange)
	if x := h.exchange; x.Outcome.Class == target.Success && len(x.Attempts) > 0 && len(a.services) < maxServices {
		a.services = append(a.services, x.Service)
	}
}

// logMeasured logs the attempts of a hit in a measured slice, and counts its prompts.
func (a *Arm) logMeasured(h hit) {
	a.logRequest(h.exchange)
	a.waits.longest = max(a.waits.longest, h.exchange.Auth)
	a.addLong(h.wire.MaxTokens, h.exchange.Outcome)
	if h.exchange.Outcome.Class == target.Budget || h.exchange.HeldBack {
		return
	}
	if h.exchange.Outcome.Class == target.Generator {
		a.addLimit(h.exchange.Outcome.Detail)
	}
	failed := uint64(h.exchange.Outcome.Failed)
	a.log.Prompts += uint64(len(h.Prompts)) - failed
	a.counts.addFailed(h.exchange.Outcome.Class, failed)
	a.counts.Answered.Add(uint64(len(h.Prompts)) - failed)
	a.checkErrors()
}

// Counts are the measured prompts of an arm so far, those of the lead-in of closed load included. They
// are safe to read at any time.
type Counts struct {
	// CutOff are the prompts that the harness ended itself. They are not among the Failed here; in Live
	// and in the record they are.
	Answered, Failed, CutOff atomic.Uint64
	// Live is what the record counts of them.
	Live live.Counts
	// slice is the current one's end; nil between slices.
	slice atomic.Pointer[sliceEnd]
}

// addFailed counts prompts that were not answered. Those that the harness cut off have not failed.
func (c *Counts) addFailed(class target.Class, prompts uint64) {
	if class == target.CutOff {
		c.CutOff.Add(prompts)
	} else {
		c.Failed.Add(prompts)
	}
}

// sliceEnd is when a slice ends, and how long it may drain then.
type sliceEnd struct {
	at    time.Time
	drain time.Duration
}

// Draining returns for how long at most the arm still waits for the answers of a slice that
// has ended; 0 if it does not.
func (c *Counts) Draining(now time.Time) time.Duration {
	s := c.slice.Load()
	if s == nil || now.Before(s.at) {
		return 0
	}
	return max(s.at.Add(s.drain).Sub(now), 0)
}

// Stop ends a run as its scenario asks, for example at its budget. If it is the cause of a context's end, the
// requests in flight may finish.
type Stop struct {
	// By is the key of the scenario that ended the run, and Why the state that the run was in.
	By, Why string
}

func (s Stop) Error() string { return s.By + ": " + s.Why }
