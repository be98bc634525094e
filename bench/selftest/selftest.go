// Package selftest says how true the machine at hand can measure: how late
// requests leave, what the harness adds, how fast it can go, whether a stalled
// server shows as it should, what noise lies between blocks, and what a gate sees above it.
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

// Measure runs a scenario against the bundled mock, with fields set as by --set.
type Measure func(ctx context.Context, source string, sets ...string) (*record.Record, error)

// Step is told what is measured next.
type Step func(what string)

// What a machine is held to.
const (
	// maxSendLag is the p99 past which a run would be invalid.
	maxSendLag = 5 * time.Millisecond
	// maxOverhead bounds the p99 of the harness's own error.
	maxOverhead = 10 * time.Millisecond
	// stallTolerance is how far a percentile under the stall may be off.
	stallTolerance = 0.05
)

// Quickly is measure with short scenarios: indicative only, in 20 s.
func Quickly(measure Measure) Measure {
	shorter := quickly()
	return func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
		return measure(ctx, source, append(sets, shorter[source]...)...)
	}
}

// Run takes under two minutes. When ctx ends, what was measured so far comes
// back with its error.
func Run(ctx context.Context, tool string, measure Measure, step Step) (Report, error) {
	r := Report{Schema: Schema, Tool: tool, Started: time.Now().UTC(), Stall: []Stall{}, Problems: []string{}}
	joined := func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
		rec, err := measure(ctx, source, sets...)
		if err == nil {
			r.join(rec)
		}
		return rec, err
	}
	for _, part := range []struct {
		what string
		do   func(context.Context, *Report, Measure) error
	}{
		{"pacing at 1,000 prompts/s", doPacing},
		{"what the harness adds, at 200 prompts/s", doOverhead},
		{"the highest rate of one arm", doClimb},
		{"a server that stalls for 1 s in every 5 s", doStall},
		{"an arm against itself, and what is slower by 5, 10 and 20%", doPlanted},
	} {
		step(part.what)
		if err := part.do(ctx, &r, joined); err != nil {
			return r, fmt.Errorf("%s: %w", part.what, err)
		}
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
	}
	return r, nil
}

// problem says what is wrong, once.
func (r *Report) problem(format string, args ...any) {
	if said := fmt.Sprintf(format, args...); !slices.Contains(r.Problems, said) {
		r.Problems = append(r.Problems, said)
	}
}

// join counts an arm whose account is not the mock's as a problem.
func (r *Report) join(rec *record.Record) {
	for _, arm := range rec.Arms {
		if l := arm.Ledger; l != nil && !l.Matches {
			r.problem("the mock's ledger does not match ours: %d attempts are on one side only", l.Absent)
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

// doClimb raises the rate until a run would be called invalid.
func doClimb(ctx context.Context, r *Report, measure Measure) error {
	r.Climb = &Climb{}
	for _, rate := range climbTo() {
		rec, err := measure(ctx, climb, "load.open.rate="+strconv.Itoa(rate))
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return nil
		}
		if why := tooFast(&rec.Arms[0]); why != "" {
			failed := float64(rate)
			r.Climb.FailedPerS, r.Climb.Why = &failed, why
			break
		}
		r.Climb.HeldPerS = float64(rate)
	}
	if r.Climb.HeldPerS == 0 {
		r.problem("not even %d prompts/s can be offered to one arm: %s", climbTo()[0], r.Climb.Why)
	}
	return nil
}

func tooFast(arm *record.Arm) string {
	lag := merged(arm, func(s *record.Slice) *record.Hist { return s.SendLag })
	var never uint64
	for i := range arm.Blocks {
		never += arm.Blocks[i].Open.NeverSent
	}
	switch p99 := lag.Quantile(0.99); {
	case float64(never) > 0.01*float64(due(arm)):
		return fmt.Sprintf("%d of %d prompts were never sent", never, due(arm))
	case p99 > maxSendLag:
		return fmt.Sprintf("send lag p99 is %v", p99.Round(10*time.Microsecond))
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
		s := Stall{
			InFlight: arm.Load.InFlight, ExpectedP90MS: 500, ExpectedP99MS: 950, ToleratedShare: stallTolerance,
			P90MS: record.Milliseconds(response.Quantile(0.9)), P99MS: record.Milliseconds(response.Quantile(0.99)),
		}
		s.OffShare = max(math.Abs(s.P90MS/s.ExpectedP90MS-1), math.Abs(s.P99MS/s.ExpectedP99MS-1))
		r.Stall = append(r.Stall, s)
		if s.OffShare > stallTolerance {
			r.problem("with %d requests in flight a stall of 1 s shows %.1f%% off, over %.0f%%", s.InFlight, s.OffShare*100, stallTolerance*100)
		}
	}
	return nil
}

func merged(arm *record.Arm, of func(*record.Slice) *record.Hist) *record.Hist {
	var all []*record.Hist
	for i := range arm.Blocks {
		if s := arm.Blocks[i].Open; s != nil {
			all = append(all, of(s))
		}
	}
	return record.Merged(all...)
}

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
