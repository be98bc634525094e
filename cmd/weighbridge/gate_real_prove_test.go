//go:build prove

package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// gateRealRuns is the number of valid gates behind each line that TestGateReal prints: 40 take half an hour.
var gateRealRuns = flag.Int("gate-real-runs", 40, "valid gates to run for each line of the table of TestGateReal")

// realScenario is the scenario that is gated. Its parameters are a seed for each mock, as
// mocks with one seed draw the same latencies, and the latency of the second mock. A block
// has enough prompts for p90, and slots are never exhausted. Its thresholds of validity are
// wider than the defaults: on a shared machine disturbances hit both sides alike, so these
// runs are judged rather than dropped.
const realScenario = `
name: gate-real
target: {dialect: article}
prompts: {length: 40, max_tokens: 8}
load:
  warmup: 500ms
  open: {rate: 450, arrivals: poisson, duration: 300ms}
  closed: {in_flight: 20, duration: 100ms, ramp: 50ms}
experiment: {blocks: 15, max_blocks: 45}
validity: {send_lag: 50ms, gc_pause: 50ms}
matrix:
  side:
    a: {mock.seed: %d, mock.latency.request: {lognormal: {p50: 20ms, p99: 30ms}}}
    b: {mock.seed: %d, mock.latency.request: {lognormal: %s}}
rules:
  - {name: b is no worse, no_regression: {axis: side, base: a, head: b, metrics: [p50, p90, tps, error_rate]}}
`

// TestGateReal requires of gates on real load what TestGatePower requires of simulated ones.
func TestGateReal(t *testing.T) {
	runs := *gateRealRuns
	g := realGate{dir: t.TempDir()}
	g.binary = filepath.Join(g.dir, "weighbridge")
	if out, err := exec.Command("go", "build", "-o", g.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	same := g.series(t, "nothing changed (A/A)", "{p50: 20ms, p99: 30ms}", runs)
	slower := g.series(t, "service time +10%", "{p50: 22ms, p99: 33ms}", runs)
	t.Log(same)
	t.Log(slower)
	for _, o := range []outcomes{same, slower} {
		if o.valid() < runs {
			t.Errorf("%s: %d of %d runs were invalid, so that only %d of %d count", o.what, o.codes[exitInvalid], o.valid()+o.codes[exitInvalid], o.valid(), runs)
		}
	}
	if n := same.codes[exitRegression]; n > 0 {
		t.Errorf("%d of %d identical builds were called a regression", n, same.valid())
	}
	if n, least := slower.codes[exitRegression], slower.valid()-slower.valid()/20; n < least {
		t.Errorf("+10%% was called in %d of %d runs, want at least %d", n, slower.valid(), least)
	}
}

// outcomes counts gates by their exit codes.
type outcomes struct {
	what  string
	codes map[int]int
	// blocks is the total of the valid runs.
	blocks int
	took   time.Duration
}

func (o outcomes) valid() int {
	return o.codes[exitDone] + o.codes[exitInconclusive] + o.codes[exitRegression]
}

func (o outcomes) String() string {
	return fmt.Sprintf("%-24s %3d valid gates: pass (0) %d, regression (10) %d, inconclusive (11) %d; invalid (12), repeated: %d; %.1f blocks, %v in all",
		o.what, o.valid(), o.codes[exitDone], o.codes[exitRegression], o.codes[exitInconclusive], o.codes[exitInvalid],
		float64(o.blocks)/float64(max(o.valid(), 1)), o.took.Round(time.Second))
}

// realGate runs gates in separate processes, as CI does.
type realGate struct{ dir, binary string }

// series runs gates, each with another seed, until the given number is valid. It gives up
// when as many are invalid.
func (g realGate) series(t *testing.T, what, latency string, runs int) outcomes {
	t.Helper()
	o, began := outcomes{what: what, codes: map[int]int{}}, time.Now()
	for seed := 1; o.valid() < runs && o.codes[exitInvalid] <= max(runs, 3); seed++ {
		code, rec := g.run(t, latency, seed)
		o.codes[code]++
		switch code {
		case exitInvalid:
			t.Logf("%s, seed %d: invalid: %s", what, seed, rec.Invalid[0])
		default:
			o.blocks += len(rec.Arms[0].Blocks)
		}
	}
	o.took = time.Since(began)
	return o
}

// run runs one gate and returns its exit code and its record.
func (g realGate) run(t *testing.T, latency string, seed int) (int, *record.Record) {
	t.Helper()
	scenario, out := filepath.Join(g.dir, "gate-real.yaml"), filepath.Join(g.dir, "out")
	if err := os.RemoveAll(out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(scenario, fmt.Appendf(nil, realScenario, 2*seed, 2*seed+1, latency), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), g.binary, "run", scenario, "--gate", "--set", "experiment.seed="+strconv.Itoa(seed), "--out", out)
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	code := cmd.ProcessState.ExitCode()
	switch code {
	case exitDone, exitRegression, exitInconclusive, exitInvalid:
	default:
		t.Fatalf("exit code %d:\n%s", code, said)
	}
	rec, err := record.Read(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	return code, rec
}
