package schedule

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/scenarios"
)

// runOffsets returns the due times of consecutive blocks, from the start of the run.
func runOffsets(t rapid.TB, o scenarios.Open, seed uint64, blocks int) (all []time.Duration) {
	t.Helper()
	for block := range blocks {
		for _, due := range offsetsOf(t, o, seed, block) {
			all = append(all, time.Duration(block)*o.Duration+due)
		}
	}
	return all
}

// TestSlowArrivalsAreNotRepeatedInEveryBlock has the case that showed it: 0.1 prompts/s in blocks
// of 2 s were 0.5, because every block began with one.
func TestSlowArrivalsAreNotRepeatedInEveryBlock(t *testing.T) {
	o := scenarios.Open{Rate: 0.1, Arrivals: "constant", Duration: 2 * time.Second}
	got := runOffsets(t, o, 1, 15)
	if want := ms(0, 10_000, 20_000); !slices.Equal(got, want) {
		t.Errorf("due at %v, want %v", got, want)
	}
}

// TestConstantArrivalsInAnySplit: what is offered is what was asked, to one prompt in the run, and
// evenly, whatever the blocks.
func TestConstantArrivalsInAnySplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.OneOf(rapid.Float64Range(0.001, 3), rapid.SampledFrom([]float64{0.1, 0.3, 1.0 / 3, 7, 33.3, 99.9})).Draw(t, "rate")
		blocks := rapid.IntRange(1, 60).Draw(t, "blocks")
		o := scenarios.Open{Rate: rate, Arrivals: "constant", Duration: time.Duration(rapid.IntRange(1, 700).Draw(t, "ms")) * time.Millisecond}
		got := runOffsets(t, o, 1, blocks)
		expected := rate * float64(blocks) * o.Duration.Seconds()
		if math.Abs(float64(len(got))-expected) > 1 {
			t.Fatalf("%d prompts are due, %v were asked for", len(got), expected)
		}
		for n, due := range got {
			if want := time.Duration(float64(n) / rate * float64(time.Second)); (due - want).Abs() > time.Microsecond+time.Duration(1e-6/rate*float64(time.Second)) {
				t.Fatalf("prompt %d is due at %v, want %v", n, due, want)
			}
		}
	})
}

// TestShapesOfConstantArrivalsInAnySplit: shapes repeat in every block, and lose or add no prompt
// at its edges either.
func TestShapesOfConstantArrivalsInAnySplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := anyOpen(t)
		o.Arrivals = "constant"
		blocks := rapid.IntRange(1, 5).Draw(t, "blocks")
		total := newCumulativeRate(o).total * float64(blocks)
		if got := runOffsets(t, o, 1, blocks); math.Abs(float64(len(got))-total) > 1 || !slices.IsSorted(got) {
			t.Fatalf("%d prompts are due, %v were asked for; sorted: %v", len(got), total, slices.IsSorted(got))
		}
	})
}

// TestRandomArrivalsInShortBlocks compares the count of a long run of short blocks with what was
// asked for, and the gaps with those of one block.
func TestRandomArrivalsInShortBlocks(t *testing.T) {
	for _, o := range []scenarios.Open{
		{Rate: 6, Arrivals: "poisson"}, {Rate: 6, Arrivals: "gamma", Burstiness: 0.3}, {Rate: 6, Arrivals: "gamma", Burstiness: 2},
	} {
		o.Duration = 100 * time.Millisecond
		const blocks, expected = 5_000, 3_000
		got := runOffsets(t, o, 5, blocks)
		if n := float64(len(got)); math.Abs(n-expected) > spread(o, expected) {
			t.Errorf("%s: %v prompts, want %v ± %v", o.Arrivals, n, expected, spread(o, expected))
		}
		var sum, squares float64
		for i := 1; i < len(got); i++ {
			gap := (got[i] - got[i-1]).Seconds()
			sum, squares = sum+gap, squares+gap*gap
		}
		mean := sum / float64(len(got)-1)
		cv, want := math.Sqrt(squares/float64(len(got)-1)-mean*mean)/mean, max(o.Burstiness, 0)
		if o.Arrivals == "poisson" {
			want = 1
		}
		if math.Abs(cv/want-1) > 0.15 {
			t.Errorf("%s: the gaps have a coefficient of variation of %.2f, want %v", o.Arrivals, cv, want)
		}
	}
}

// TestBlocksAreDrawnAlone: a block is the same whatever blocks are drawn before and after it.
func TestBlocksAreDrawnAlone(t *testing.T) {
	w := testWork(t, 3)
	draw := func(o scenarios.Open, first, blocks int) (all []Prompt) {
		next, err := w.Open("open", o, first, blocks)
		if err != nil {
			t.Fatal(err)
		}
		for p, ok := next(); ok; p, ok = next() {
			p.Due += time.Duration(first) * o.Duration
			all = append(all, p)
		}
		return all
	}
	for name, o := range openLoads() {
		o.Duration, o.Rate = 7*time.Millisecond, 90
		if o.Shape.Sine != nil {
			o.Shape.Sine = &scenarios.Sine{Amplitude: 0.9}
		}
		whole := draw(o, 0, 40)
		if split := slices.Concat(draw(o, 0, 13), draw(o, 13, 1), draw(o, 14, 26)); !slices.Equal(whole, split) {
			t.Errorf("%s: the prompts of 40 blocks differ from those of three parts", name)
		}
	}
}

// TestAProbeBeginsItsOwnSchedule: its first constant arrival is due at once, whatever its number.
func TestAProbeBeginsItsOwnSchedule(t *testing.T) {
	w := testWork(t, 1)
	for n := range 5 {
		next, err := w.Alone("capacity", scenarios.Open{Rate: 0.3, Arrivals: "constant", Duration: time.Second}, n)
		if err != nil {
			t.Fatal(err)
		}
		if p, ok := next(); !ok || p.Due != 0 || p.Block != n {
			t.Errorf("probe %d: %+v, %v", n, p, ok)
		}
		if p, ok := next(); ok {
			t.Errorf("probe %d has a second prompt: %+v", n, p)
		}
	}
}
