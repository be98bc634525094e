// Package selftest tests how accurately a machine can measure: how late requests leave, how
// much latency the harness adds, the highest rate it can offer, whether a stalled server shows
// in the percentiles as it should, how noisy blocks are, and what a gate can detect above that
// noise.
package selftest

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"weighbridge/bench/record"
)

// Measure runs the scenario of a YAML source against the bundled mock, with fields set as by
// --set.
type Measure func(ctx context.Context, source string, sets ...string) (*record.Record, error)

// Step is called before each measurement with its description.
type Step func(what string)

// The limits that a machine must keep to.
const (
	// maxSendLag is the p99 above which a run would be invalid.
	maxSendLag = 5 * time.Millisecond
	// maxOverhead is the limit of the p99 of the latency that the harness adds.
	maxOverhead = 10 * time.Millisecond
	// stallTolerance is the relative error that a percentile under the stall may have.
	stallTolerance = 0.05
)

// Quickly wraps measure to run shortened scenarios: 20 s in all, and indicative only.
func Quickly(measure Measure) Measure {
	shorter := quickly()
	return func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
		return measure(ctx, source, append(sets, shorter[source]...)...)
	}
}

// Run measures everything, in about two minutes. plain starts the server that only answers. When ctx ends, it returns what was measured
// so far and ctx's error.
func Run(ctx context.Context, tool string, measure Measure, plain StartPlain, step Step) (Report, error) {
	r := Report{Schema: Schema, Tool: tool, Started: time.Now().UTC(), Stall: []Stall{}, Problems: []string{}}
	checked := func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
		rec, err := measure(ctx, source, sets...)
		if err == nil {
			r.checkLedger(rec)
		}
		return rec, err
	}
	for _, part := range []struct {
		what string
		do   func(context.Context, *Report, Measure) error
	}{
		{"pacing at 1,000 prompts/s", doPacing},
		{"the latency that the harness adds, at 200 prompts/s", doOverhead},
		{"the highest rate of one arm, against a server that only answers", against(plain)},
		{"the highest rate of one arm, against the mock with TLS", doClimb},
		{"a server that stalls for 1 s in every 5 s", doStall},
		{"an arm compared with itself, and with servers that are 5, 10 and 20% slower", doPlanted},
	} {
		step(part.what)
		if err := part.do(ctx, &r, checked); err != nil {
			return r, fmt.Errorf("%s: %w", part.what, err)
		}
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
	}
	return r, nil
}

// problem adds a problem, once.
func (r *Report) problem(format string, args ...any) {
	if said := fmt.Sprintf(format, args...); !slices.Contains(r.Problems, said) {
		r.Problems = append(r.Problems, said)
	}
}

// checkLedger adds a problem for each arm whose attempts differ from the mock's ledger.
func (r *Report) checkLedger(rec *record.Record) {
	for _, arm := range rec.Arms {
		if l := arm.Ledger; l != nil && !l.Matches {
			r.problem("the mock's ledger does not match the harness's count: %d attempts are on one side only", l.Absent)
		}
	}
}

func doPacing(ctx context.Context, r *Report, measure Measure) error {
	rec, err := measure(ctx, pacing)
	if err != nil {
		return err
	}
	r.Env = rec.Env
	arm := &rec.Arms[0]
	lag := merged(arm, func(s *record.Slice) *record.Hist { return s.SendLag })
	r.Pacing = &Pacing{RatePerS: arm.Load.OpenPerS, SendLagMS: spreadOf(lag), Due: due(arm)}
	if p99 := lag.Quantile(0.99); p99 > maxSendLag {
		r.problem("send lag p99 at %.0f prompts/s is %v, over %v", arm.Load.OpenPerS, p99, maxSendLag)
	}
	if arm.Ledger != nil {
		r.Pacing.Absent = arm.Ledger.Absent
	}
	return nil
}

func doOverhead(ctx context.Context, r *Report, measure Measure) error {
	rec, err := measure(ctx, overhead)
	if err != nil {
		return err
	}
	arm := &rec.Arms[0]
	off := merged(arm, func(s *record.Slice) *record.Hist { return s.LatencyError })
	r.Overhead = &Overhead{RatePerS: arm.Load.OpenPerS, ErrorMS: spreadOf(off)}
	if p99 := off.Quantile(0.99); p99 > maxOverhead {
		r.problem("the harness adds %v at p99, over %v", p99, maxOverhead)
	}
	return nil
}

// against returns what measures the highest rate against the plain server.
func against(plain StartPlain) func(context.Context, *Report, Measure) error {
	return func(ctx context.Context, r *Report, measure Measure) error {
		url, stop, err := plain(ctx)
		if err != nil {
			return err
		}
		r.Generator, err = climbing(ctx, func(ctx context.Context, rate int) (string, error) {
			return failing(ctx, measure, generator, "target.url="+url, openRate(rate))
		})
		if ended := stop(); err == nil && ctx.Err() == nil {
			err = ended
		}
		return err
	}
}

func doClimb(ctx context.Context, r *Report, measure Measure) (err error) {
	r.Climb, err = climbing(ctx, func(ctx context.Context, rate int) (string, error) {
		return failing(ctx, measure, climb, openRate(rate))
	})
	if c := r.Climb; c != nil && c.HeldPerS == 0 {
		r.problem("the machine cannot offer even %d prompts/s to one arm: %s", climbTo()[0], c.Why)
	}
	return err
}

// openRate sets the rate of a climb.
func openRate(perS int) (set string) { return "load.open.rate=" + strconv.Itoa(perS) }

// climbing raises the rate until the generator cannot keep up, as failing says, or ctx ends. It returns nil if no
// rate was tried to the end.
func climbing(ctx context.Context, failing func(ctx context.Context, rate int) (why string, err error)) (*Climb, error) {
	c := &Climb{}
	for _, rate := range climbTo() {
		why, err := failing(ctx, rate)
		if err != nil || ctx.Err() != nil && c.HeldPerS == 0 {
			return nil, err
		}
		if ctx.Err() != nil {
			break
		}
		if why != "" {
			c.FailedPerS, c.Why = new(float64(rate)), why
			break
		}
		c.HeldPerS = float64(rate)
	}
	return c, nil
}

// failing is why the generator cannot keep up with the rate of a scenario; empty if it can. If it does not at
// first, which may have been a stall of the machine, it must in both of two more runs.
func failing(ctx context.Context, measure Measure, source string, sets ...string) (why string, err error) {
	for runs, needed := 1, 1; runs <= needed; runs++ {
		rec, err := measure(ctx, source, sets...)
		if err != nil || ctx.Err() != nil {
			return "", err
		}
		late := tooFast(rec)
		switch {
		case late == "":
		case needed == 1:
			needed = 3
		default:
			return late, nil
		}
	}
	return "", nil
}

// tooFast is why the generator could not keep up with the rate of a record's arm; empty where it could. What makes a run
// invalid is among the reasons: at a rate that is held, the figures of a run count.
func tooFast(rec *record.Record) string {
	arm := &rec.Arms[0]
	lag := merged(arm, func(s *record.Slice) *record.Hist { return s.SendLag })
	var never, failed uint64
	for i := range arm.Blocks {
		never, failed = never+arm.Blocks[i].Open.NeverSent, failed+arm.Blocks[i].Open.Failed
	}
	switch p99 := lag.Quantile(0.99); {
	case float64(never) > 0.01*float64(due(arm)):
		return fmt.Sprintf("%d of %d prompts were never sent", never, due(arm))
	case float64(failed) > 0.01*float64(due(arm)):
		return fmt.Sprintf("%d of %d prompts failed", failed, due(arm))
	case p99 > maxSendLag:
		return fmt.Sprintf("send lag p99 is %v", p99.Round(10*time.Microsecond))
	case len(rec.Invalid) > 0:
		return "the run is invalid: " + rec.Invalid[0]
	}
	return ""
}

func doStall(ctx context.Context, r *Report, measure Measure) error {
	rec, err := measure(ctx, stalled)
	if err != nil {
		return err
	}
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		response := merged(arm, func(s *record.Slice) *record.Hist { return s.Response })
		drain := record.Milliseconds(drainOf(arm))
		s := Stall{
			InFlight: arm.Load.InFlight, DrainMS: drain, ExpectedP90MS: 500 + drain/2, ExpectedP99MS: 950 + drain/20, ToleratedShare: stallTolerance,
			P90MS: record.Milliseconds(response.Quantile(0.9)), P99MS: record.Milliseconds(response.Quantile(0.99)),
		}
		s.OffShare = max(math.Abs(s.P90MS/s.ExpectedP90MS-1), math.Abs(s.P99MS/s.ExpectedP99MS-1))
		r.Stall = append(r.Stall, s)
		if s.OffShare > stallTolerance {
			r.problem("with %d requests in flight the percentiles under a stall of 1 s are off by %.1f%%, over %.0f%%", s.InFlight, s.OffShare*100, stallTolerance*100)
		}
	}
	return nil
}

// drainOf returns how long the prompts of a stall of 1 s take once it is over: as many after one
// another as there are prompts for each request in flight. A request takes what the mock says of a
// usual one, and what the harness adds to that where it adds much, as it does while many leave at
// once.
func drainOf(arm *record.Arm) time.Duration {
	if arm.Ledger == nil || arm.Load.InFlight == 0 {
		return 0
	}
	added := merged(arm, func(s *record.Slice) *record.Hist { return s.LatencyError })
	oneRequest := arm.Ledger.Served.Quantile(0.5) + max(added.Quantile(0.9), 0)
	return time.Duration(int(arm.Load.OpenPerS)/arm.Load.InFlight) * oneRequest
}

// merged is one of the histograms over all of the arm's open slices.
func merged(arm *record.Arm, of func(*record.Slice) *record.Hist) *record.Hist {
	var all []*record.Hist
	for i := range arm.Blocks {
		if s := arm.Blocks[i].Open; s != nil {
			all = append(all, of(s))
		}
	}
	return record.Merged(all...)
}

// due is the prompts due in all of the arm's open slices.
func due(arm *record.Arm) uint64 {
	var n uint64
	for i := range arm.Blocks {
		if s := arm.Blocks[i].Open; s != nil {
			n += s.Due
		}
	}
	return n
}

func spreadOf(h *record.Hist) Spread {
	return Spread{P50: record.Milliseconds(h.Quantile(0.5)), P99: record.Milliseconds(h.Quantile(0.99))}
}
