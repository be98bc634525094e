// Package bench runs an experiment: it decides which arm is measured when, and returns the
// record.
package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/attack/hits"
	"weighbridge/bench/attack/live"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/outbound"
)

// Options describe a run.
type Options struct {
	Scenario *scenarios.Scenario
	// Source and Changes go into the record, so that the run can be repeated.
	Source  []byte
	Changes scenarios.Changes
	Quick   bool
	// Tool is the version of the program, for the record.
	Tool string
	// Secrets learns every secret of the run, and is kept for the texts that the caller writes;
	// nil is one of the run's own. No text of the record has a secret.
	Secrets *target.Redactor
	// Servers host the mocks; nil if every arm names a URL.
	Servers Servers
	// Allowed is the hosts off loopback that requests may be sent to.
	Allowed outbound.Allowed
	// UserAgent is the header User-Agent of requests that set no other.
	UserAgent string
	// Processors, unless nil, are set to the load.
	Processors *machine.Processors
	Observe    Observer
	Events     Events
	// More, unless nil, is called after the planned blocks, and again after any that it adds.
	// It returns the total number of blocks to go on to; if there are as many already, the
	// blocks end. The record lacks only ledgers and totals.
	More func(soFar *record.Record) int
	// Hits, unless nil, is called for every measured hit, from several goroutines at once. It
	// must not block.
	Hits func(hits.Hit)
}

// Run measures every arm of the scenario. If ctx ends first, or something fails after the first
// complete block, it returns an incomplete record of what was measured until then; its Stopped
// says why. If ctx's cause (context.Cause) is neither context.Canceled nor
// context.DeadlineExceeded, it counts as a failure of the run. If Run returns an error, it returns
// no record.
func Run(ctx context.Context, o Options) (*record.Record, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	end := &ending{cancel: cancel}
	e, err := start(ctx, o, end)
	if err != nil {
		return nil, err
	}
	watching, stopWatching := context.WithCancel(context.Background())
	observed := e.tracker.observe(watching, o.Observe)
	var watchers sync.WaitGroup
	watchers.Go(func() { e.watchTargets(watching, goneAfter) })
	if err := e.measure(ctx); err != nil {
		awaitLoss(ctx)
		end.fail(err)
	}
	stopWatching()
	observed()
	watchers.Wait()
	return e.finish(ctx)
}

// start starts the mocks and makes the arms. On an error nothing is left running.
func start(ctx context.Context, o Options, end *ending) (*experiment, error) {
	if o.Secrets == nil {
		o.Secrets = &target.Redactor{}
	}
	arms := o.Scenario.Arms()
	if err := learnSecrets(o.Secrets, arms); err != nil {
		return nil, err
	}
	ends, err := endpoints(ctx, arms, o, end.lost)
	if err == nil {
		var e *experiment
		if e, err = newExperiment(o, arms, ends, end); err == nil {
			return e, nil
		}
	}
	if slices.ContainsFunc(arms, onMock) {
		err = errors.Join(err, o.Servers.Stop())
	}
	return nil, err
}

// learnSecrets makes the secrets that the arms refer to known before anything is started.
func learnSecrets(secrets *target.Redactor, arms []scenarios.Arm) error {
	for _, arm := range arms {
		ofMock, err := target.Text(arm.Mock.Auth.JWT.Secret).Values()
		if err != nil {
			return fmt.Errorf("mock.auth.jwt.secret: %w", err)
		}
		ofTarget, err := arm.Target.Secrets()
		if err != nil {
			return err
		}
		ofClient, err := arm.Client.Secrets()
		if err != nil {
			return err
		}
		secrets.Add(slices.Concat(ofMock, ofTarget, ofClient)...)
	}
	return nil
}

func onMock(a scenarios.Arm) bool { return a.Target.URL == target.Mock }

// measure warms up, runs the blocks and searches for capacities.
func (e *experiment) measure(ctx context.Context) error {
	if err := e.warmUp(ctx, -1); err != nil && ctx.Err() == nil {
		return err
	}
	e.options.Events.warm(e.arms)
	e.tracker.expectDrains(expectedDrains(e.options.Scenario, e.options.Scenario.Arms(), func(arm int) time.Duration { return e.arms[arm].ServiceTime() }))
	e.meter = machine.NewMeter(time.Now(), e.mocksCPU)
	if err := e.meter.WatchDuring(func() error { return e.blocks(ctx) }); err != nil {
		return err
	}
	return e.capacities(ctx)
}

// endpoints returns each arm's address: that of its mock, which it starts, or the URL it names.
func endpoints(ctx context.Context, arms []scenarios.Arm, o Options, lost func(error)) ([]attack.Endpoint, error) {
	ends := make([]attack.Endpoint, len(arms))
	var mocked []scenarios.Arm
	for _, arm := range arms {
		if onMock(arm) {
			mocked = append(mocked, arm)
			continue
		}
		ends[arm.Index] = attack.Endpoint{URL: arm.Target.URL, Dialer: outbound.Dialer{Allowed: o.Allowed}, UserAgent: o.UserAgent}
	}
	if len(mocked) == 0 {
		return ends, nil
	}
	started, err := o.Servers.Start(ctx, mocked, lost)
	if err != nil {
		return nil, fmt.Errorf("start the mock: %w", err)
	}
	for i, arm := range mocked {
		ends[arm.Index] = started[i]
		ends[arm.Index].Dialer, ends[arm.Index].UserAgent = outbound.Dialer{Allowed: o.Allowed}, o.UserAgent
	}
	return ends, nil
}

// experiment is the state of a run.
type experiment struct {
	options Options
	arms    []*attack.Arm
	mocked  []bool
	record  *record.Record
	tracker *tracker
	meter   *machine.Meter
	// openProcessors is on how many processors this process ran at the end of the last open slice.
	openProcessors int
	// mocks adds up the resources that the processes of all mocks have used so far.
	mocks *record.Process
	began time.Time
	// joined says that the ledgers of the current mocks have been read.
	joined bool
	ending *ending
	// account is nil without a budget.
	account *budget.Account
}

func newExperiment(o Options, arms []scenarios.Arm, ends []attack.Endpoint, end *ending) (*experiment, error) {
	e := &experiment{options: o, began: time.Now(), record: emptyRecord(o.Scenario, arms), ending: end, account: newAccount(o.Scenario, end)}
	e.meter = machine.NewMeter(e.began, e.mocksCPU)
	s, r := o.Scenario, e.record
	r.Tool, r.Started, r.Quick = o.Tool, e.began.UTC(), o.Quick
	source, changes := scenarios.Masked(string(o.Source), o.Changes)
	r.Scenario.Source, r.Scenario.Set, r.Scenario.Axis = source, nonNil(changes.Set), nonNil(changes.Axes)
	r.Env, r.Allowed = machine.Env(), o.Allowed.Strings()
	if err := e.addArms(arms, ends); err != nil {
		return nil, err
	}
	counts := make([]live.Arm, len(e.arms))
	for i, a := range e.arms {
		counts[i] = live.Arm{Name: a.Name, Counts: &a.Counts().Live}
	}
	if o.Events.Start != nil {
		o.Events.Start(counts)
	}
	e.tracker = &tracker{
		arms: e.arms, counts: counts, began: e.began, expected: expectedDuration(s, arms), expectedSearches: expectedSearches(arms),
		now: Progress{Phase: attack.PhaseWarmup, Blocks: e.record.Plan.Blocks},
	}
	return e, nil
}

func (e *experiment) addArms(arms []scenarios.Arm, ends []attack.Endpoint) error {
	in := inputs{seed: e.options.Scenario.Experiment.Seed}
	charged, unknown, err := Prices(e.options.Scenario)
	if err != nil {
		return err
	}
	e.record.Warnings = append(e.record.Warnings, unknown...)
	accounts := limitAccounts{}
	for i, arm := range arms {
		work, err := in.work(arm)
		if err != nil {
			return err
		}
		a, err := attack.New(arm, ends[i], work, e.began, e.options.Secrets)
		if err != nil {
			return fmt.Errorf("arm %s: %w", arm.Name, err)
		}
		if work.Trace != nil {
			l := &e.record.Arms[i].Load
			l.OpenPerS, l.Arrivals, l.Burstiness = work.Trace.Rate(e.record.Plan.Blocks, arm.Load.Open.Duration), "trace", 0
		}
		a.MeasureCPU(machine.Shares)
		a.Respect(accounts.of(arm, ends[i].URL))
		a.OnStop(e.stop)
		a.OnLate(e.options.Processors.Late)
		a.Limit(meterOf(e.account, arm, work.Trace, e.options.Scenario.Budget, charged[i]))
		e.record.Arms[i].Price = priceOf(charged[i], arm.Target.ModelName())
		if e.options.Hits != nil {
			a.OnHit(e.options.Hits)
		}
		e.arms = append(e.arms, a)
		e.mocked = append(e.mocked, ends[i].HasLedger)
	}
	return nil
}

// mocksCPU is the processor time of the mocks; 0 without any.
func (e *experiment) mocksCPU() (time.Duration, bool) {
	if !slices.Contains(e.mocked, true) {
		return 0, true
	}
	return e.options.Servers.CPU()
}

func (e *experiment) close() {
	for _, a := range e.arms {
		a.Close()
	}
}

// finish joins the ledgers, ends the mocks, judges validity and completes the record. If a
// failure ended the run before the first complete block, it returns that error instead.
func (e *experiment) finish(ctx context.Context) (*record.Record, error) {
	cause := context.Cause(ctx)
	if err := e.join(ctx); err != nil && cause == nil {
		cause = failure{err}
	}
	e.close() // first, as mocks that end wait for their connections
	if err := e.stopServers(); err != nil && cause == nil {
		cause = failure{err}
	}
	if err := failed(cause); err != nil && !e.finishedBlock() {
		return nil, err
	}
	r := e.record
	for i, a := range e.arms {
		e.finishArm(a, &r.Arms[i])
	}
	r.Ended, r.Budget = time.Now().UTC(), budgetOf(e.options.Scenario.Budget, e.account)
	r.Complete, r.Stopped = cause == nil, stopped(cause)
	harness, warnings := e.meter.Harness()
	r.Harness, r.Warnings = harness, append(r.Warnings, warnings...)
	r.Harness.Mocks, r.Harness.OpenProcessors = e.mocks, e.openProcessors
	r.Invalid = machine.InvalidReasons(r)
	r.Stopped = e.options.Secrets.Redact(r.Stopped)
	e.options.Secrets.RedactAll(r.Warnings)
	e.options.Secrets.RedactAll(r.Invalid)
	return r, nil
}

// finishArm completes an arm of the record with what was counted over the whole run, and adds its warnings.
func (e *experiment) finishArm(a *attack.Arm, arm *record.Arm) {
	r := e.record
	arm.Totals, arm.Protocol, arm.OverTime, arm.Failures = a.Totals(), a.AttemptLog().Protocol, a.OverTime(), a.Failures()
	arm.LimitsOverTime, arm.Network, arm.Billing = a.LimitsOverTime(), a.Network(), a.Billing()
	if l := arm.Ledger; l != nil && l.Callbacks != nil && l.Callbacks.Undelivered > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%s: %d of %d usage callbacks had not come when the run had ended: the accounts kept by callbacks are without them", arm.Name, l.Callbacks.Undelivered, l.Callbacks.Billed))
	}
	r.Warnings = append(r.Warnings, a.Warnings()...)
	if long := a.LongAnswers(); long != "" {
		r.Warnings = append(r.Warnings, long)
	}
	for _, warning := range a.Credentials() {
		if !slices.Contains(r.Warnings, warning) { // arms may share a file
			r.Warnings = append(r.Warnings, warning)
		}
	}
}
