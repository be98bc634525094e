package attack

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/scenarios"
)

var update = flag.Bool("update", false, "write the golden files anew")

// A record can be measured again only as long as its seed gives the same work:
// testdata/work.txt holds the first requests of each kind of load.
func TestTheWorkOfASeedNeverChanges(t *testing.T) {
	path := filepath.Join("testdata", "work.txt")
	got := firstRequests(t)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("a seed gives other work than %s, so that older records cannot be measured again; now:\n%s", path, got)
	}
}

// openLoads are one of each kind of arrivals and of each shape.
func openLoads() map[string]scenarios.Open {
	const rate, duration = 100, 200 * time.Millisecond
	return map[string]scenarios.Open{
		"1 constant":        {Rate: rate, Arrivals: "constant", Duration: duration},
		"2 poisson":         {Rate: rate, Arrivals: "poisson", Duration: duration},
		"3 gamma 2":         {Rate: rate, Arrivals: "gamma", Burstiness: 2, Duration: duration},
		"4 gamma 0.4":       {Rate: rate, Arrivals: "gamma", Burstiness: 0.4, Duration: duration},
		"5 constant, ramp":  {Rate: rate, Arrivals: "constant", Shape: scenarios.Shape{Ramp: &scenarios.Ramp{From: 10, To: 190}}, Duration: duration},
		"6 poisson, ramp":   {Rate: rate, Arrivals: "poisson", Shape: scenarios.Shape{Ramp: &scenarios.Ramp{From: 190, To: 10}}, Duration: duration},
		"7 poisson, steps":  {Rate: rate, Arrivals: "poisson", Shape: scenarios.Shape{Steps: &[]float64{0, 250, 50}}, Duration: duration},
		"8 gamma 2, sine":   {Rate: rate, Arrivals: "gamma", Burstiness: 2, Shape: scenarios.Shape{Sine: &scenarios.Sine{Amplitude: 0.9, Period: 100 * time.Millisecond}}, Duration: duration},
		"9 trace, repeated": {Trace: "trace.csv", Duration: duration},
	}
}

// firstRequests describes the requests of two blocks under two seeds.
func firstRequests(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	loads := openLoads()
	for _, name := range slices.Sorted(maps.Keys(loads)) {
		for _, seed := range []uint64{1, 2} {
			a := workingArm(t, seed)
			a.Trace = repeatedTrace(t)
			for _, block := range []int{0, 3} {
				fmt.Fprintf(&b, "open %s, seed %d, block %d\n", name, seed, block)
				prompts, err := a.prompts(PhaseOpen, loads[name], block, 1)
				if err != nil {
					t.Fatal(err)
				}
				next := batches(prompts, 2, 30*time.Millisecond)
				for n := 0; n < 4; n++ {
					if r, ok := next(); ok {
						describe(&b, r)
					}
				}
			}
		}
	}
	for _, seed := range []uint64{1, 2} {
		a := workingArm(t, seed)
		for _, block := range []int{0, 3} {
			fmt.Fprintf(&b, "closed, seed %d, block %d\n", seed, block)
			next := a.closedRequests(PhaseClosed, block, 100*time.Millisecond)
			for n := range uint64(4) {
				describe(&b, next(n))
			}
		}
		fmt.Fprintf(&b, "first requests of the warm-up, seed %d\n", seed)
		describe(&b, &request{Prompts: a.sample(2)})
	}
	return b.String()
}

// repeatedTrace is shorter than a block, and gives a length to some prompts.
func repeatedTrace(t *testing.T) *Trace {
	t.Helper()
	trace, err := readTrace("trace.csv", strings.NewReader("0,5\n0.013\n0.02,30\n0.02\n"))
	if err != nil {
		t.Fatal(err)
	}
	return trace
}

func workingArm(t *testing.T, seed uint64) *Arm {
	t.Helper()
	return newArm(t, scenario(t, "http://127.0.0.1:1", "target.batch.size=2",
		"load.closed={in_flight: 2, think: {lognormal: {p50: 10ms, p99: 90ms}}}",
		"prompts={distinct: 20, zipf: 1.1, length: {lognormal: {p50: 40, p99: 400}}}"), seed)
}

// describe writes a request's moments in ns, and the start and length of its prompts.
func describe(b *strings.Builder, r *request) {
	fmt.Fprintf(b, "\tdue %d, stagger %d, think %d:", r.Due, r.Stagger, r.Think)
	for _, p := range r.Prompts {
		fmt.Fprintf(b, " [block %d, due %d, %.5q of %d]", p.Block, p.Due, p.Text, len(p.Text))
	}
	b.WriteString("\n")
}
