// Package attack drives one arm: it draws the schedule, fires vegeta attacks at
// the target and counts what came back. It is the only importer of vegeta.
package attack

import (
	"context"
	"crypto/x509"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack/hits"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/auth"
	"weighbridge/target/dialect"
	"weighbridge/target/transport"
)

// The phases that a request may belong to.
const (
	PhaseWarmup = "warmup"
	PhaseOpen   = "open"
	PhaseClosed = "closed"
	// PhaseCapacity is that of the probes of a search.
	PhaseCapacity = "capacity"
)

// Endpoint is where an arm is sent.
type Endpoint struct {
	URL string
	// Roots are the certificates trusted; nil are the system's.
	Roots *x509.CertPool
	// Own are the mock's credentials, for what the scenario leaves out.
	Own auth.Credentials
	// Ledger says that the server joins attempts by their id.
	Ledger bool
}

// Arm drives one arm through its slices. One slice runs at a time.
type Arm struct {
	scenarios.Arm
	access
	began  time.Time
	work   schedule.Work
	client *transport.Client

	sent  Sent
	count Count
	wire  record.Wire
	// past is what the endpoints before the present one took.
	past record.Totals
	// overTime is the open slices' prompts by the second.
	overTime record.Series
	// turn is that of the closed workers when they last ran.
	turn turn

	put     func(hits.Hit) // nil tells nobody
	fired   map[string]uint64
	secrets []string
}

// Sent is an arm's own account of its attempts, to be joined with a ledger.
type Sent struct {
	// Answered and Unanswered are the ids of the attempts at the present endpoint.
	Answered, Unanswered *roaring.Bitmap
	// Statuses counts the present endpoint's answers.
	Statuses map[int]uint64
	// WrongProtocol is how many answers spoke another protocol than the one asked for.
	WrongProtocol uint64
	// Protocol is the last one spoken.
	Protocol string
	Tokens   record.Tokens
	// LastError is the detail of the last failure, for messages.
	LastError string
}

// Count is how an arm's measured prompts fare so far; safe to read at any time.
type Count struct{ Answered, Failed atomic.Uint64 }

// New makes an arm that measures the work given, and whose clocks start at began. Secrets are read, templates and
// expressions compiled here: what is wrong with them fails before any load.
func New(arm scenarios.Arm, end Endpoint, work schedule.Work, began time.Time) (*Arm, error) {
	speaks, err := dialect.New(arm.Target)
	if err != nil {
		return nil, err
	}
	access, err := newAccess(arm, end)
	if err != nil {
		return nil, err
	}
	headers, err := headers(arm.Target)
	if err != nil {
		return nil, err
	}
	secrets, err := secretsOf(arm.Target)
	if err != nil {
		return nil, err
	}
	return &Arm{
		Arm: arm, access: access, began: began, work: work,
		client: transport.NewClient(transport.Options{
			Base: access.base, Dialect: speaks, Client: arm.Client, Headers: headers, Auth: access.scheme,
			Connections: access.pool, SendAttemptID: end.Ledger, Jitter: jitter(schedule.Random(work.Seed, "jitter", work.Arm)),
		}),
		sent:  newSent(),
		fired: map[string]uint64{}, secrets: secrets,
	}, nil
}

func newSent() Sent {
	return Sent{Answered: roaring.New(), Unanswered: roaring.New(), Statuses: map[int]uint64{}}
}

// headers are those of the target, and of its http dialect, with references read.
func headers(cfg target.Config) (http.Header, error) {
	expanded := http.Header{}
	for section, texts := range map[string]map[string]target.Text{
		"target.headers": cfg.Headers, "target.http.headers": cfg.HTTP.Headers,
	} {
		for name, text := range texts {
			value, err := text.Expand()
			if err != nil {
				return nil, fmt.Errorf("%s.%s: %w", section, name, err)
			}
			expanded.Set(name, value)
		}
	}
	return expanded, nil
}

// jitter makes rng safe for many goroutines.
func jitter(rng *rand.Rand) func() float64 {
	var mu sync.Mutex
	return func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return rng.Float64()
	}
}

// Close closes the arm's connections that are idle; call it between slices.
func (a *Arm) Close() { a.access.close() }

// Sent is the arm's account of its attempts; call it between slices.
func (a *Arm) Sent() *Sent { return &a.sent }

// Count is how the measured prompts fare.
func (a *Arm) Count() *Count { return &a.count }

// OverTime is what became of the open slices' prompts by the second they were due
// in; nil without any. Call it after the last slice.
func (a *Arm) OverTime() *record.Series {
	if len(a.overTime.Points) == 0 {
		return nil
	}
	return &a.overTime
}

// Totals are the arm's whole run so far; call it between slices.
func (a *Arm) Totals() record.Totals {
	t := a.past
	t.Merge(a.access.totals())
	t.Attempts += a.sent.attempts()
	t.Tokens, t.Wire, t.WrongProtocol = a.sent.Tokens, a.wire, a.sent.WrongProtocol
	return t
}

func (s *Sent) attempts() uint64 { return s.Answered.GetCardinality() + s.Unanswered.GetCardinality() }

// do carries out a request under ctx.
func (a *Arm) do(ctx context.Context, phase string) func(*request) *exchange {
	return func(r *request) *exchange {
		texts := make([]string, len(r.Prompts))
		for i, p := range r.Prompts {
			texts[i] = p.Text
		}
		return a.client.Do(ctx, transport.Request{Phase: phase, Prompts: texts, MaxTokens: a.Prompts.MaxTokens})
	}
}

// idsPerContainer is how many ids a bitmap keeps together (Roaring: the low 16 bits).
const idsPerContainer = 1 << 16

// account notes a hit's attempts; one goroutine at a time.
func (a *Arm) account(x *exchange) {
	for _, attempt := range x.Attempts {
		if attempt.ID%idsPerContainer == 0 {
			// Ids count up: as ranges they take the same memory however many there are.
			a.sent.Answered.RunOptimize()
			a.sent.Unanswered.RunOptimize()
		}
		if attempt.Status == 0 {
			a.sent.Unanswered.Add(attempt.ID)
			continue
		}
		a.sent.Answered.Add(attempt.ID)
		a.sent.Statuses[attempt.Status]++
	}
	a.sent.WrongProtocol += uint64(x.WrongProtocol)
	if x.Protocol != "" {
		a.sent.Protocol = x.Protocol
	}
	a.sent.Tokens.Input += x.Outcome.InputTokens
	a.sent.Tokens.Output += x.Outcome.OutputTokens
	if x.Outcome.Detail != "" {
		a.sent.LastError = x.Outcome.Detail
	}
}

// measure is account for a measured slice, whose prompts are shown as they come in.
func (a *Arm) measure(h hit) {
	a.account(h.exchange)
	failed := uint64(h.exchange.Outcome.Failed)
	a.count.Failed.Add(failed)
	a.count.Answered.Add(uint64(len(h.Prompts)) - failed)
}
