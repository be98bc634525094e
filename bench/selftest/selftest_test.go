package selftest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

var update = flag.Bool("update", false, "write the golden files")

func hist(values ...time.Duration) *record.Hist {
	h := record.NewHist()
	for _, v := range values {
		h.Record(v)
	}
	return h
}

// times is n values of d.
func times(n int, d time.Duration) []time.Duration { return slices.Repeat([]time.Duration{d}, n) }

// machine is what a record of one looks like: how late it sends, up to which
// rate, and how it sees a stall.
type machine struct {
	lag      time.Duration
	topRate  float64
	p90, p99 time.Duration
	absent   uint64
}

func (m machine) measure(_ context.Context, source string, sets ...string) (*record.Record, error) {
	s, err := scenarios.Parse("selftest.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		return nil, err
	}
	rec := &record.Record{Env: record.Env{CPU: "Example CPU", CPUs: 2, OS: "linux", Arch: "amd64", Go: "go1.26"}}
	for _, arm := range s.Arms() {
		lag := m.lag
		if arm.Load.Open.Rate > m.topRate {
			lag = 20 * time.Millisecond
		}
		a := record.Arm{
			Name: arm.Name, Load: record.Load{InFlight: arm.Client.InFlight, OpenPerS: arm.Load.Open.Rate},
			Ledger: &record.Ledger{Matches: m.absent == 0, Absent: m.absent},
		}
		for block := range s.Experiment.Blocks {
			// The second arm is 2% slower in even blocks, as much faster in odd ones.
			factor := 1.0
			if arm.Index == 1 {
				factor += 0.02 * float64(1-2*(block%2))
			}
			response := append(times(89, time.Millisecond), times(9, m.p90)...)
			for i := range response {
				response[i] = time.Duration(float64(response[i]) * factor)
			}
			a.Blocks = append(a.Blocks, record.Block{
				Index: block, Complete: true,
				Open: &record.Slice{
					Due: 100, SendLag: hist(times(100, lag)...), LatencyError: hist(times(100, lag)...),
					Response: hist(append(response, times(2, m.p99)...)...),
				},
				Closed: &record.Slice{InWindow: uint64(10_000 * factor), DurationMS: 1000},
			})
		}
		rec.Arms = append(rec.Arms, a)
	}
	return rec, nil
}

func (m machine) report(t *testing.T) Report {
	t.Helper()
	r, err := Run(t.Context(), "test", m.measure, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	r.Started = time.Date(2026, 11, 20, 9, 30, 0, 0, time.UTC)
	return r
}

// good stalls as the truth has it: of 100 answers 10 are held, the last for 950 ms.
func good() machine {
	return machine{lag: time.Millisecond, topRate: 6000, p90: 505 * time.Millisecond, p99: 955 * time.Millisecond}
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
	if got := r.Same.Spread["tps"]; math.Abs(got-0.0206) > 0.001 {
		t.Errorf("the spread of TPS is %v, want about 0.0206", got)
	}
	var out bytes.Buffer
	if err := r.Write(&out); err != nil {
		t.Fatal(err)
	}
	const path = "testdata/good.txt"
	if *update {
		if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsAreSaid(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(*machine)
		want  string
	}{
		{"late", func(m *machine) { m.lag = 6 * time.Millisecond }, "send lag p99 at 1000 prompts/s is 6"},
		{"slow harness", func(m *machine) { m.lag = 12 * time.Millisecond }, "the harness adds 12"},
		{"slow", func(m *machine) { m.topRate = 500 }, "not even 1000 prompts/s"},
		{"blind to stalls", func(m *machine) { m.p90 = 450 * time.Millisecond }, "a stall of 1 s shows 10."},
		{"a lost attempt", func(m *machine) { m.absent = 1 }, "the mock's ledger does not match ours: 1 attempts"},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := good()
			test.spoil(&m)
			r := m.report(t)
			if !slices.ContainsFunc(r.Problems, func(p string) bool { return strings.Contains(p, test.want) }) {
				t.Errorf("%q is not among %q", test.want, r.Problems)
			}
			if !strings.Contains(r.headline(), "not") {
				t.Errorf("it begins with %q", r.headline())
			}
		})
	}
}

// An interrupt keeps what was measured until then.
func TestAnInterruptKeepsWhatWasMeasured(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	runs := 0
	r, err := Run(ctx, "test", func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
		if runs++; runs == 2 {
			stop()
		}
		return good().measure(ctx, source, sets...)
	}, func(string) {})
	if !errors.Is(err, context.Canceled) || r.Pacing == nil || r.Overhead == nil || r.Climb != nil {
		t.Errorf("got %+v, %v", r, err)
	}
}

// With z = 2.326 + 1.645 and 15 blocks, a spread of 2% shows 2.12%.
func TestVisible(t *testing.T) {
	if got := visible(0.02); math.Abs(got-0.0212) > 0.0002 {
		t.Errorf("got %v, want about 0.0212", got)
	}
	if got := visible(0); got != 0 {
		t.Errorf("without noise got %v", got)
	}
}
