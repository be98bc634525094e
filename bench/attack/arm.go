// Package attack drives one arm: it sends scheduled requests to the target with vegeta
// and counts the responses. It and package hits are the only importers of vegeta.
package attack

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack/ahead"
	"weighbridge/bench/attack/hits"
	"weighbridge/bench/attack/regional"
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

	log    AttemptLog
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

// AttemptLog lists an arm's own attempts, for comparison with the mock's ledger.
type AttemptLog struct {
	// Answered and Unanswered are the ids of the attempts at the current endpoint.
	Answered, Unanswered *roaring.Bitmap
	// Replays is how many times those attempts were sent again, because the server had not
	// processed them. The ids stay the same.
	Replays uint64
	// Statuses counts the responses of the current endpoint by HTTP status.
	Statuses map[int]uint64
	// WrongProtocol is the number of responses in another protocol than the configured one.
	WrongProtocol uint64
	// Protocol is the protocol of the last response.
	Protocol string
	// Tokens are the tokens that answers billed, and Unreported counts the answers that do not say.
	Tokens, Unreported record.Tokens
	// Regions are the attempts of the current endpoint by the region that they went to; nil without
	// regions.
	Regions regional.Logs
	// Prompts is the number of prompts answered, and Unsettled that of attempts whose tokens no answer reports.
	Prompts, Unsettled uint64
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
		log:   newAttemptLog(),
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

func newAttemptLog() AttemptLog {
	return AttemptLog{Answered: roaring.New(), Unanswered: roaring.New(), Statuses: map[int]uint64{}}
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
func (a *Arm) AttemptLog() *AttemptLog { return &a.log }

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
	t.Attempts += a.log.attempts()
	t.Tokens, t.Unreported = a.log.Tokens, a.log.Unreported
	t.Answered, t.Unsettled = a.log.Prompts, a.log.Unsettled
	t.Wire, t.WrongProtocol = a.wire, a.log.WrongProtocol
	t.Limits = maps.Clone(a.limits)
	return t
}

func (l *AttemptLog) attempts() uint64 {
	return l.Answered.GetCardinality() + l.Unanswered.GetCardinality() + l.Replays
}

// newRequest returns a request without prompts.
func (a *Arm) newRequest(phase string) *request {
	return &request{wire: transport.Request{Phase: phase}}
}

// buildAhead builds requests before they are needed, except urgent ones. The caller must
// stop the queue.
func (a *Arm) buildAhead(next func() (*request, bool), urgent func(*request) bool) *ahead.Queue[*request] {
	return ahead.New(ahead.Requests[*request]{Next: next, Build: a.build, Urgent: urgent, Size: (*request).chars})
}

// build builds what a request sends.
func (a *Arm) build(r *request) {
	phase := r.wire.Phase
	r.wire = Content(a.Target, r.Prompts)
	r.wire.Phase = phase
	a.client.Build(&r.wire)
}

// Content is what a request with the prompts sends, before it is built.
func Content(cfg target.Config, prompts []schedule.Prompt) transport.Request {
	r := transport.Request{Prompts: make([]string, len(prompts))}
	for i, p := range prompts {
		r.Prompts[i] = p.Bust + p.Text
		r.MaxTokens = max(r.MaxTokens, p.MaxTokens)
	}
	if first := prompts[0]; first.Conversation != nil || first.Bust != "" && cfg.System != "" {
		r.Conversation, r.KeepAnswer = conversationOf(first, cfg.System), first.Conversation.TakesAnswers()
	}
	return r
}

// sender returns a function that sends a request and waits for its outcome. If the request is not built yet, its
// worker builds it first, and that time is part of the send lag.
func (a *Arm) sender(under *transport.Scope) func(*request) *exchange {
	return func(r *request) *exchange {
		if !r.wire.Built() {
			a.build(r)
		}
		r.pickedUp = time.Now().Add(-r.held)
		a.counts.Live.InFlight.Add(1)
		x := under.Do(&r.wire)
		a.counts.Live.InFlight.Add(-1)
		if x.Outcome.Failed < len(r.Prompts) {
			a.answered.Store(true)
		}
		// A server may repeat what it was sent. Texts are cut afterwards, as half of a secret is not known.
		if x.Outcome.Detail != "" {
			x.Outcome.Detail = a.oneLine(x.Outcome.Detail)
		}
		x.Outcome.Finish = a.secrets.Redact(x.Outcome.Finish)
		return x
	}
}

// oneLine is a text that a server sent, without secrets, on one line.
func (a *Arm) oneLine(text string) string { return reasons.OneLine(a.secrets.Redact(text)) }

// idsPerContainer is the number of ids in a container of a Roaring bitmap (16 bits).
const idsPerContainer = 1 << 16

// logWarmup logs a request of the warm-up, and how long the server took if it answered.
func (a *Arm) logWarmup(h hit) {
	a.warm = a.warm || h.exchange.Outcome.Failed < len(h.Prompts)
	a.log.Prompts += uint64(len(h.Prompts) - h.exchange.Outcome.Failed)
	a.logAttempts(h.exchange)
	if a.scheme != nil {
		a.waits.warm = a.scheme.Cost().Waits
	}
	a.logFailure(PhaseWarmup, h.exchange)
	if x := h.exchange; x.Outcome.Class == target.Success && len(x.Attempts) > 0 && len(a.services) < maxServices {
		a.services = append(a.services, x.Service)
	}
}

// logAttempts logs the attempts of a request, and the tokens that they used. Only one goroutine may
// call it at a time.
func (a *Arm) logAttempts(x *exchange) {
	a.log.Unsettled += a.logSent(x)
	if !x.Cache.Free() {
		a.log.addTokens(x.Outcome)
	}
	a.bill(x)
	if x.Outcome.Class != target.Success && x.Outcome.OutputByPrompt == nil && x.Status >= 200 && x.Status < 300 {
		a.log.Unsettled++
	}
}

// logSent logs the attempts of a request, and returns how many were sent and got no answer.
func (a *Arm) logSent(x *exchange) (unanswered uint64) {
	for _, attempt := range x.Attempts {
		if attempt.ID%idsPerContainer == 0 {
			// Ids are consecutive: as ranges their memory does not grow with their number.
			a.log.Answered.RunOptimize()
			a.log.Unanswered.RunOptimize()
		}
		a.log.Replays += uint64(attempt.Replays)
		a.log.Regions.Add(attempt)
		if attempt.Status == 0 {
			if !attempt.Unconnected {
				unanswered++
			}
			a.log.Unanswered.Add(attempt.ID)
			continue
		}
		a.log.Answered.Add(attempt.ID)
		a.log.Statuses[attempt.Status]++
	}
	a.log.WrongProtocol += uint64(x.WrongProtocol)
	if x.Protocol != "" {
		a.log.Protocol = x.Protocol
	}
	return unanswered
}

// addTokens adds the tokens that the outcome of a request reports.
func (l *AttemptLog) addTokens(o target.Outcome) {
	l.Tokens.Input += o.InputTokens
	l.Tokens.Output += o.OutputTokens
	l.Tokens.CacheWrite += o.CacheWriteTokens
	if o.CachedTokens != nil {
		l.Tokens.CacheRead += *o.CachedTokens
	}
	if o.Class != target.Success {
		return
	}
	if !o.InputKnown {
		l.Unreported.Input++
	}
	if o.OutputByPrompt == nil {
		l.Unreported.Output++
	}
}

// logMeasured logs the attempts of a hit in a measured slice, and counts its prompts.
func (a *Arm) logMeasured(h hit) {
	a.logAttempts(h.exchange)
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
