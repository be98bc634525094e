// Package bench runs an experiment: it decides which arm is measured when, and
// gives back the record.
package bench

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/attack/hits"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/target"
)

// Options is what a run needs.
type Options struct {
	Scenario *scenarios.Scenario
	// Source and Changes go into the record, so that the run can be repeated.
	Source  []byte
	Changes scenarios.Changes
	Quick   bool
	// Tool is the version that measures.
	Tool    string
	Servers Servers
	Observe Observer
	Notes   Notes
	// Hits gets every measured hit, from several goroutines at once, and must not
	// wait; nil where nobody asks.
	Hits func(hits.Hit)
}

// Run measures every arm of the scenario. When ctx ends, what was measured so far
// comes back as an incomplete record. An error means that nothing was measured.
func Run(ctx context.Context, o Options) (*record.Record, error) {
	arms := o.Scenario.Arms()
	ends, err := endpoints(ctx, arms, o.Servers)
	if err != nil {
		return nil, err
	}
	e, err := newExperiment(o, arms, ends)
	if err != nil {
		return nil, err
	}
	defer e.close()
	watching, stop := context.WithCancel(context.Background())
	stopped := e.watch.tell(watching, o.Observe)
	defer stopped()
	defer stop()
	if err := e.warmUp(ctx); err != nil && ctx.Err() == nil {
		return nil, err
	}
	o.Notes.warm(e.arms)
	if err := e.blocks(ctx); err != nil {
		return nil, err
	}
	return e.finish(ctx, o.Servers)
}

// endpoints gives every arm its address: its mock's, or the URL it names.
func endpoints(ctx context.Context, arms []scenarios.Arm, servers Servers) ([]attack.Endpoint, error) {
	ends := make([]attack.Endpoint, len(arms))
	var mocked []scenarios.Arm
	for _, arm := range arms {
		if arm.Target.URL == target.Mock {
			mocked = append(mocked, arm)
			continue
		}
		ends[arm.Index] = attack.Endpoint{URL: arm.Target.URL}
	}
	if len(mocked) == 0 {
		return ends, nil
	}
	started, err := servers.Start(ctx, mocked)
	if err != nil {
		return nil, fmt.Errorf("start the mock: %w", err)
	}
	for i, arm := range mocked {
		ends[arm.Index] = started[i]
	}
	return ends, nil
}

// experiment is a run under way.
type experiment struct {
	options Options
	arms    []*attack.Arm
	mocked  []bool
	record  *record.Record
	watch   *watch
	began   time.Time
}

func newExperiment(o Options, arms []scenarios.Arm, ends []attack.Endpoint) (*experiment, error) {
	e := &experiment{options: o, began: time.Now()}
	s := o.Scenario
	e.record = &record.Record{
		Schema: record.Schema, Tool: o.Tool, Started: e.began.UTC(), Quick: o.Quick,
		Scenario: record.Scenario{
			Name: s.Name, Title: s.Title, About: s.About, Source: string(o.Source),
			Set: nonNil(o.Changes.Set), Axis: nonNil(o.Changes.Axes),
		},
		Env: record.Env{
			Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
			CPU: cpuModel(), CPUs: runtime.NumCPU(), Kernel: kernel(),
		},
		Plan: record.Plan{
			Order: s.Experiment.Order, Blocks: s.Experiment.Blocks, Seed: s.Experiment.Seed,
			WarmupMS: milliseconds(s.Load.Warmup),
		},
		Axes: []record.Axis{}, Warnings: nonNil(s.Warnings()),
	}
	for _, axis := range s.Matrix {
		levels := make([]string, len(axis.Levels))
		for i, level := range axis.Levels {
			levels[i] = level.Name
		}
		e.record.Axes = append(e.record.Axes, record.Axis{Name: axis.Name, Levels: levels})
	}
	if err := e.addArms(arms, ends); err != nil {
		return nil, err
	}
	e.watch = &watch{arms: e.arms, began: e.began, planned: planned(s, arms), now: Progress{
		Phase: attack.PhaseWarmup, Blocks: s.Experiment.Blocks,
	}}
	return e, nil
}

func (e *experiment) addArms(arms []scenarios.Arm, ends []attack.Endpoint) error {
	var decks []*attack.Deck
	seed := e.options.Scenario.Experiment.Seed
	for i, arm := range arms {
		deck, err := deckFor(arm.Prompts, seed, arms[:i], decks)
		if err != nil {
			return err
		}
		decks = append(decks, deck)
		a, err := attack.New(arm, ends[i], deck, seed, e.began)
		if err != nil {
			return fmt.Errorf("arm %s: %w", arm.Name, err)
		}
		if e.options.Hits != nil {
			a.OnHit(e.options.Hits)
		}
		e.arms = append(e.arms, a)
		e.mocked = append(e.mocked, ends[i].Ledger)
		e.record.Arms = append(e.record.Arms, record.Arm{Name: arm.Name, Levels: arm.Levels, Load: loadOf(arm)})
	}
	return nil
}

// deckFor shares the deck of an earlier arm that asks the same prompts.
func deckFor(p scenarios.Prompts, seed uint64, earlier []scenarios.Arm, decks []*attack.Deck) (*attack.Deck, error) {
	for i, arm := range earlier {
		if reflect.DeepEqual(arm.Prompts, p) {
			return decks[i], nil
		}
	}
	return attack.NewDeck(p, seed)
}

func nonNil(list []string) []string { return append([]string{}, list...) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// loadOf is what is offered to an arm.
func loadOf(arm scenarios.Arm) record.Load {
	l := record.Load{
		BatchSize: arm.Target.Batch.Size, InFlight: arm.Client.InFlight,
		RequestedProtocol: arm.Client.Protocol, RequestedTimeoutMS: milliseconds(arm.Client.Timeout),
	}
	if o := arm.Load.Open; o != nil {
		l.OpenPerS, l.Arrivals, l.OpenDurationMS = o.Rate, o.Arrivals, milliseconds(o.Duration)
	}
	if c := arm.Load.Closed; c != nil {
		l.ClosedInFlight, l.ClosedDurationMS, l.ClosedRampMS = c.InFlight, milliseconds(c.Duration), milliseconds(c.Ramp)
	}
	return l
}

// planned is how long the run takes when nothing is slow.
func planned(s *scenarios.Scenario, arms []scenarios.Arm) time.Duration {
	var open, closed, ramps time.Duration
	for _, arm := range arms {
		if arm.Load.Open != nil {
			open = max(open, arm.Load.Open.Duration)
		}
		if c := arm.Load.Closed; c != nil {
			closed += c.Ramp + c.Duration
			ramps += c.Ramp
		}
	}
	return s.Load.Warmup + ramps + time.Duration(s.Experiment.Blocks)*(open+closed)
}

func (e *experiment) close() {
	for _, a := range e.arms {
		a.Close()
	}
}

// finish joins the ledgers, judges validity and closes the record.
func (e *experiment) finish(ctx context.Context, servers Servers) (*record.Record, error) {
	r := e.record
	for i, a := range e.arms {
		arm := &r.Arms[i]
		arm.Totals, arm.Protocol, arm.OverTime = a.Totals(), a.Sent().Protocol, a.OverTime()
		if !e.mocked[i] {
			continue
		}
		account, err := servers.Ledger(context.WithoutCancel(ctx), arm.Name)
		if err != nil {
			return nil, fmt.Errorf("read the mock's ledger of arm %s: %w", arm.Name, err)
		}
		arm.Ledger = join(a.Sent(), account)
	}
	r.Ended = time.Now().UTC()
	r.Complete = ctx.Err() == nil
	if !r.Complete {
		r.Stopped = "interrupted"
		if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
			r.Stopped = cause.Error()
		}
	}
	r.Invalid = invalid(r)
	return r, nil
}
