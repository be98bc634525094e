package gate

import (
	"math"
	"math/rand/v2"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/bench/stat"
)

// An effect of the size that Visible gives is called in about 95% of gates.
func TestVisibleEffectsAreCalled(t *testing.T) {
	n := publishedNoise()
	quiet := newSimulation(n, noEffect(n), 1)
	quiet.measure(1000)
	spread := figures.SpreadOf(quiet.rec, recordtest.Metric(t, "p90"), "side", "base", "head2")
	const runs, family = 80, 5 * heads
	for _, blocks := range []int{15, 30} {
		e := noEffect(n)
		e.p90 = 1 + *Visible(*spread, blocks, family)
		var g gates
		for seed := range runs {
			s := newSimulation(n, e, uint64(seed))
			s.rec.Plan = record.Plan{Blocks: blocks}
			g.count(s.run(), "p90")
		}
		t.Logf("%d blocks: an effect of %.1f%% is called in %.1f%% of gates", blocks, (e.p90-1)*100, g.share(g.caught)*100)
		if share := g.share(g.caught); share < 0.86 {
			t.Errorf("%.1f%% with %d blocks is called in %.1f%%, expected about 95%%", (e.p90-1)*100, blocks, share*100)
		}
	}
}

func TestVisible(t *testing.T) {
	p50 := recordtest.Metric(t, "p50")
	if got := Visible(figures.Spread{Metric: p50, SD: 0.02, Values: 15, Blocks: 16}, 8, 16); got != nil {
		t.Errorf("8 blocks detect %v in one of 16 figures, expected nothing", *got)
	}
	none := figures.Spread{Metric: p50, Values: 15, Blocks: 15}
	recordtest.ExpectNear(t, "what is visible without noise", Visible(none, 15, 16), p50.Margin/2)
}

// The smallest visible effect grows with the noise, and the more the fewer independent values there are: it is of
// the size that tests of independent normal values detect, not many times that.
func TestVisibleEffectsAreOfTheSizeOfTheNoise(t *testing.T) {
	const alpha, blocks = 0.01, 15
	for _, sd := range []float64{0.005, 0.02, 0.1} {
		rng := rand.New(rand.NewPCG(3, 3))
		sample := figures.Sample{Logs: make([]float64, blocks)}
		for i := range sample.Logs {
			sample.Logs[i] = sd * rng.NormFloat64()
		}
		independent := sd * stat.DetectableShift(blocks, alpha, power)
		if got := ratioEvidence(sample, alpha, stat.Shared{Samples: 16, Longest: blocks}).detects(alpha); got < independent/2 || got > 4*independent {
			t.Errorf("spread %v: %v is detected, of independent blocks %v", sd, got, independent)
		}
		last := independent
		for _, worth := range []float64{15, 12, 9, 6} {
			got := detectedByRanks(sd, blocks, blocks, worth)(alpha)
			if got < last || got > 4*independent {
				t.Errorf("spread %v, blocks worth %v: %v is detected, of independent blocks %v", sd, worth, got, independent)
			}
			last = got
		}
		p50 := recordtest.Metric(t, "p50")
		seen := math.Log1p(*Visible(figures.Spread{Metric: p50, SD: sd, Values: blocks, Blocks: blocks}, blocks, 1))
		if least := max(independent, math.Log1p(p50.Margin/2)); seen < least/2 || seen > 8*least {
			t.Errorf("spread %v: %v is visible, of independent blocks %v is detected", sd, seen, independent)
		}
	}
}
