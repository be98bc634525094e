package schedule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/golden"
	"weighbridge/mockserver/dist"
	"weighbridge/scenarios"
)

// A run can be repeated from its record only if its seed still gives the same work.
// testdata/work.txt holds the first requests of each kind of load.
func TestWorkOfASeedNeverChanges(t *testing.T) {
	golden.Check(t, "testdata/work.txt", firstRequests(t))
}

// openLoads covers each kind of arrivals and each shape.
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

// firstRequests lists the first requests of two blocks under two seeds.
func firstRequests(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	loads := openLoads()
	for _, name := range slices.Sorted(maps.Keys(loads)) {
		for _, seed := range []uint64{1, 2} {
			for _, block := range []int{0, 3} {
				fmt.Fprintf(&b, "open %s, seed %d, block %d\n", name, seed, block)
				prompts, err := testWork(t, seed).Open("open", loads[name], block, 1)
				if err != nil {
					t.Fatal(err)
				}
				next := Batches(prompts, 2, 30*time.Millisecond)
				for range 4 {
					if batch, ok := next(); ok {
						describe(&b, batch, 0)
					}
				}
			}
		}
	}
	closed := scenarios.Closed{Think: dist.Duration{LogNormal: &dist.LogNormal[time.Duration]{P50: 10 * time.Millisecond, P99: 90 * time.Millisecond}}}
	for _, seed := range []uint64{1, 2} {
		w := testWork(t, seed)
		for _, block := range []int{0, 3} {
			fmt.Fprintf(&b, "closed, seed %d, block %d\n", seed, block)
			next := w.Closed("closed", closed, block, 2)
			for range 4 {
				prompts, think := next()
				describe(&b, Batch{Prompts: prompts}, think)
			}
		}
		fmt.Fprintf(&b, "prompts on no schedule, seed %d\n", seed)
		describe(&b, Batch{Prompts: w.Sample("warmup", 4)}, 0)
	}
	return b.String()
}

// testWork has a trace that is shorter than a block and gives a length to some prompts.
func testWork(t *testing.T, seed uint64) Work {
	t.Helper()
	trace, err := ReadTrace("trace.csv", "", 1, strings.NewReader("0,5\n0.013\n0.02,30\n0.02\n"))
	if err != nil {
		t.Fatal(err)
	}
	prompts := scenarios.Prompts{Distinct: 20, Zipf: 1.1, Length: dist.Number{LogNormal: &dist.LogNormal[float64]{P50: 40, P99: 400}}}
	return Work{Seed: seed, Arm: "all", Deck: syntheticDeck(t, prompts, seed), Trace: trace}
}

// describe writes due times and think time in ns, and the start and length of each prompt.
func describe(b *strings.Builder, batch Batch, think time.Duration) {
	fmt.Fprintf(b, "\tdue %d, think %d:", batch.Due, think)
	for _, p := range batch.Prompts {
		fmt.Fprintf(b, " [block %d, due %d, %.5q of %d]", p.Block, p.Due, p.Text, len(p.Text))
	}
	b.WriteString("\n")
}

func TestSameSeedGivesTheSameWork(t *testing.T) {
	o := scenarios.Open{Rate: 400, Arrivals: "poisson", Duration: 250 * time.Millisecond}
	work := func(seed uint64, first int) (all []Prompt) {
		next, err := testWork(t, seed).Open("open", o, first, 3-first)
		if err != nil {
			t.Fatal(err)
		}
		for p, ok := next(); ok; p, ok = next() {
			all = append(all, p)
		}
		return all
	}
	if !slices.Equal(work(1, 0), work(1, 0)) {
		t.Error("the same seed gives different prompts or due times")
	}
	if slices.Equal(work(1, 0), work(2, 0)) {
		t.Error("different seeds give the same prompts and due times")
	}
	// A block's work does not depend on the blocks drawn before it.
	var third []Prompt
	for _, p := range work(1, 0) {
		if p.Block == 2 {
			p.Due -= 2 * o.Duration
			third = append(third, p)
		}
	}
	if !slices.Equal(third, work(1, 2)) {
		t.Error("a block drawn alone differs from the same block drawn after others")
	}
}

func TestWorkOfATrace(t *testing.T) {
	trace, err := ReadTrace("trace.csv", "", 1, strings.NewReader("0,5\n0.1\n0.2,3000\n"))
	if err != nil {
		t.Fatal(err)
	}
	w := Work{Seed: 1, Deck: syntheticDeck(t, scenarios.Prompts{Distinct: 10, Length: dist.Number{Constant: 40}}, 1)}
	// The second block begins at 250 ms, the second lap of the trace at 300.
	o := scenarios.Open{Trace: "trace.csv", Duration: 250 * time.Millisecond}
	if _, err := w.Open("open", o, 0, 2); err == nil {
		t.Error("no error for a trace that was not read")
	}
	w.Trace = trace
	next, err := w.Open("open", o, 0, 2)
	if err != nil {
		t.Fatal(err)
	}
	var due []time.Duration
	var lengths, blocks []int
	for p, ok := next(); ok; p, ok = next() {
		due, lengths, blocks = append(due, p.Due), append(lengths, len(p.Text)), append(blocks, p.Block)
	}
	if !slices.Equal(due, ms(0, 100, 200, 300, 400)) || !slices.Equal(lengths, []int{5, 40, 3000, 5, 40}) || !slices.Equal(blocks, []int{0, 0, 0, 1, 1}) {
		t.Errorf("due at %v in blocks %v with lengths %v", due, blocks, lengths)
	}
}
