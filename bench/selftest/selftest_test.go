package selftest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/gate"
	"weighbridge/bench/golden"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios"
)

// machine is a simulated machine: its send lag, the highest rate it keeps up with, the
// percentiles it measures under a stall, and the noise of its blocks.
type machine struct {
	lag      time.Duration
	topRate  float64
	p90, p99 time.Duration
	absent   uint64
	// noise is the relative error of a block, up and down in turn; bias how much slower the copy
	// of the base is.
	noise, bias float64
	invalid     []string
}

func (m machine) measure(_ context.Context, source string, sets ...string) (*record.Record, error) {
	s, err := scenarios.Parse("selftest.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		return nil, err
	}
	rec := bench.EmptyRecord(s, scenarios.Changes{})
	rec.Complete, rec.Env = true, record.Env{CPU: "Example CPU", CPUs: 2, OS: "linux", Arch: "amd64", Go: "go1.26"}
	for i, arm := range s.Arms() {
		a := &rec.Arms[i]
		a.Ledger = &record.Ledger{Matches: m.absent == 0, Absent: m.absent}
		if arm.Levels["side"] != "" {
			rec.Invalid = m.invalid
		}
		for block := range s.Experiment.Blocks {
			a.Blocks = append(a.Blocks, m.block(arm, block))
		}
	}
	return rec, nil
}

func (m machine) block(arm scenarios.Arm, block int) record.Block {
	lag := m.lag
	if arm.Load.Open.Rate > m.topRate {
		lag = 20 * time.Millisecond
	}
	factor := m.factor(arm.Levels["side"], block)
	response := slices.Concat(recordtest.Repeat(time.Millisecond, 179), recordtest.Repeat(m.p90, 18), recordtest.Repeat(m.p99, 3))
	for i := range response {
		response[i] = time.Duration(float64(response[i]) * factor)
	}
	return record.Block{
		Index: block, Complete: true,
		Open: &record.Slice{
			Due: 200, Answered: 200, SendLag: recordtest.Hist(recordtest.Repeat(lag, 200)...), LatencyError: recordtest.Hist(recordtest.Repeat(lag, 200)...), Response: recordtest.Hist(response...),
		},
		Closed: &record.Slice{InWindow: uint64(10_000 / factor), Due: uint64(10_000 / factor), Answered: uint64(10_000 / factor), DurationMS: 1000},
	}
}

// factor is how much longer the server of a level of planted takes in a block.
func (m machine) factor(side string, block int) float64 {
	longer := map[string]float64{"same": 1 + m.bias, "plus5": 1.05, "plus10": 1.10, "plus20": 1.20}[side]
	if longer == 0 {
		return 1
	}
	return longer * (1 + m.noise*float64(1-2*(block%2)))
}

func (m machine) report(t *testing.T) Report {
	t.Helper()
	r, err := Run(t.Context(), "test", m.measure, noServer, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	r.Started = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	return r
}

// noServer stands for the plain server, which the simulated machine does not ask.
func noServer(context.Context) (url string, stop func() error, err error) {
	return "http://127.0.0.1:9", func() error { return nil }, nil
}

// good measures a stall as expected: 21 of 200 answers are held, the last for 950 ms.
func good() machine {
	return machine{lag: time.Millisecond, topRate: 6000, p90: 505 * time.Millisecond, p99: 955 * time.Millisecond, noise: 0.02}
}

func TestAGoodMachine(t *testing.T) {
	r := good().report(t)
	if len(r.Problems) > 0 || r.Climb.HeldPerS != 6000 || *r.Climb.FailedPerS != 8000 || len(r.Stall) != 2 {
		t.Errorf("got %+v, climb %+v", r, r.Climb)
	}
	if r.Stall[0].InFlight != 10 || r.Stall[1].InFlight != 2000 || r.Stall[0].OffShare > 0.02 {
		t.Errorf("the stalls are %+v", r.Stall)
	}
	// Half of 15 ratios are 1.02 and half 0.98.
	if got := *r.Same.Spread["tps"]; math.Abs(got-0.0206) > 0.001 {
		t.Errorf("the spread of TPS is %v, want about 0.0206", got)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/good.txt", out.Bytes())
}

func TestProblems(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*machine)
		want  string
	}{
		{"late sends", func(m *machine) { m.lag = 6 * time.Millisecond }, "send lag p99 at 1000 prompts/s is 6"},
		{"slow harness", func(m *machine) { m.lag = 12 * time.Millisecond }, "the harness adds 12"},
		{"low rate", func(m *machine) { m.topRate = 500 }, "cannot offer even 1000 prompts/s"},
		{"stall not shown", func(m *machine) { m.p90 = 450 * time.Millisecond }, "under a stall of 1 s are off by 10."},
		{"A/A regression", func(m *machine) { m.bias = 0.1 }, "a gate of an arm against itself reports a regression in p50, p90, tps"},
		{"invalid gate", func(m *machine) { m.invalid = []string{"send lag"} }, "a gate would be invalid: send lag (1 in all)"},
		{"lost attempt", func(m *machine) { m.absent = 1 }, "the mock's ledger does not match the harness's count: 1 attempts"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := good()
			test.spoil(&m)
			r := m.report(t)
			if !slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, test.want) }) {
				t.Errorf("%q is not among %q", test.want, r.Problems)
			}
			if !strings.Contains(r.headline(), "not") {
				t.Errorf("the headline is %q", r.headline())
			}
		})
	}
}

func TestAnInterruptKeepsWhatWasMeasured(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	runs := 0
	r, err := Run(ctx, "test", func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
		if runs++; runs == 2 {
			stop()
		}
		return good().measure(ctx, source, sets...)
	}, noServer, func(string) {})
	if !errors.Is(err, context.Canceled) || r.Pacing == nil || r.Overhead == nil || r.Climb != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

// A rate at which the machine stalled once is held if two more runs hold it.
func TestAStallDoesNotEndTheClimb(t *testing.T) {
	for _, test := range []struct {
		name   string
		stalls []int // the runs of the climb that stall, in their order
		held   float64
	}{
		{"never", nil, 6000},
		{"the first run", []int{1}, 6000},
		{"two first runs of rates", []int{1, 4}, 6000}, // of 1,000 and 2,000 prompts/s
		{"a rate twice, then it would hold", []int{2, 3}, 1000},
		{"a rate at first and at last", []int{2, 4}, 1000},
	} {
		t.Run(test.name, func(t *testing.T) {
			run := 0
			r := Report{}
			err := doClimb(t.Context(), &r, func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
				m := good()
				if run++; slices.Contains(test.stalls, run) {
					m.lag = 20 * time.Millisecond
				}
				return m.measure(ctx, source, sets...)
			})
			if err != nil || r.Climb.HeldPerS != test.held {
				t.Errorf("held %v, %v; want %v", r.Climb.HeldPerS, err, test.held)
			}
		})
	}
}

// A rate at which requests fail, or at which the figures do not count, is not held, however punctually requests leave.
func TestARateThatIsNotHeld(t *testing.T) {
	lag := recordtest.Hist(recordtest.Repeat(time.Millisecond, 100)...)
	for _, row := range []struct {
		slice   record.Slice
		invalid []string
		why     string
	}{
		{record.Slice{Due: 100, Answered: 99, Failed: 1}, nil, ""},
		{record.Slice{Due: 100, Answered: 98, Failed: 2}, nil, "2 of 100 prompts failed"},
		{record.Slice{Due: 100, Answered: 98, NeverSent: 2}, nil, "2 of 100 prompts were never sent"},
		{record.Slice{Due: 100, Answered: 100}, []string{"all: read lag p99 is 6ms", "another"}, "the run is invalid: all: read lag p99 is 6ms"},
	} {
		row.slice.SendLag = lag
		rec := &record.Record{Invalid: row.invalid, Arms: []record.Arm{{Blocks: []record.Block{{Open: &row.slice}}}}}
		if why := tooFast(rec); why != row.why {
			t.Errorf("%+v, invalid %q: got %q, want %q", row.slice, row.invalid, why, row.why)
		}
	}
}

// How a gate judges delays depends on the machine's noise, and is not a problem.
func TestPlantedDelays(t *testing.T) {
	judged := []string{"closed_error_rate", "error_rate", "p50", "p90", "tps"}
	for _, test := range []struct {
		name   string
		noise  float64
		called [][]string
		// sees bounds the visible effects of p50.
		low, high float64
	}{
		{"quiet", 0.002, [][]string{{"p50", "p90", "tps"}, {"p50", "p90", "tps"}, {"p50", "p90", "tps"}}, 0.02, 0.03},
		{"loud", 0.3, [][]string{{}, {}, {}}, 0.3, 8},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := good()
			m.noise = test.noise
			r := m.report(t)
			if len(r.Problems) > 0 || r.Gate.Figures != 20 || len(r.Gate.Planted) != 3 {
				t.Errorf("got %+v, gate %+v", r.Problems, r.Gate)
			}
			for i, p := range r.Gate.Planted {
				if !slices.Equal(p.Called, test.called[i]) {
					t.Errorf("+%.0f%% is called by %v, want %v", p.Share*100, p.Called, test.called[i])
				}
				if p.Verdicts["p99"] != "" {
					t.Errorf("p99 of 200 prompts a block is judged: %s", p.Verdicts["p99"])
				}
			}
			for _, metric := range judged {
				if v := r.Same.Verdicts[metric]; v == gate.Regression || v == "" {
					t.Errorf("%s of an arm against itself is %q", metric, v)
				}
			}
			last := math.Inf(1)
			for i, v := range r.Gate.Visible {
				p50 := *v.Effects["p50"]
				if v.Blocks != 15*(i+1) || p50 > last || v.Effects["p99"] != nil {
					t.Errorf("visible with %d blocks are %+v", v.Blocks, v.Effects)
				}
				last = p50
			}
			if got := *r.Same.Visible["p50"]; got < test.low || got > test.high {
				t.Errorf("15 blocks see %v, want %v to %v", got, test.low, test.high)
			}
		})
	}
}

// A quick selftest has enough blocks for a gate to call a regression.
func TestQuicklyHasEnoughBlocks(t *testing.T) {
	m := good()
	r, err := Run(t.Context(), "test", Quickly(m.measure), noServer, func(string) {})
	if err != nil || !slices.Equal(r.Gate.Planted[2].Called, []string{"p50", "tps"}) || r.Same.Verdicts["p90"] != "" {
		t.Errorf("got %+v, %v", r.Gate, err)
	}
}

func TestJSONHasNullForUnknown(t *testing.T) {
	text, err := json.Marshal(good().report(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"schema":"weighbridge.selftest/v1"`, `"p99":null`, `"share":0.05`, `"called":["p50","p90","tps"]`, `"blocks":45`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}

// TestABacklogThatTakesTimeToDrain: with 10 in flight, the 200 prompts of a stall take 20 requests
// one after another. That is no fault of the machine's, but a p90 that does not fit it is.
func TestABacklogThatTakesTimeToDrain(t *testing.T) {
	arm := &record.Arm{Load: record.Load{OpenPerS: 200, InFlight: 10}, Ledger: &record.Ledger{Served: recordtest.Hist(recordtest.Repeat(500*time.Microsecond, 10)...)}}
	arm.Blocks = []record.Block{{Open: &record.Slice{LatencyError: recordtest.Hist(recordtest.Repeat(1500*time.Microsecond, 10)...)}}}
	if got := drainOf(arm); (got - 40*time.Millisecond).Abs() > time.Millisecond {
		t.Errorf("drains in %v, want 40ms", got)
	}
	arm.Load.InFlight = 2000
	if got := drainOf(arm); got != 0 {
		t.Errorf("with a slot for each drains in %v, want 0", got)
	}
	for _, row := range []struct {
		p90 time.Duration
		off bool
	}{{530 * time.Millisecond, false}, {460 * time.Millisecond, true}, {600 * time.Millisecond, true}} {
		m := good()
		m.lag, m.p90 = 4*time.Millisecond, row.p90 // 20 requests of 4 ms: a p90 of 540 ms
		r := m.report(t)
		if off := r.Stall[0].OffShare > stallTolerance; off != row.off || math.Abs(r.Stall[0].ExpectedP90MS-540) > 1 {
			t.Errorf("a p90 of %v is off: %v, %+v", row.p90, off, r.Stall[0])
		}
	}
}
