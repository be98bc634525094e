package gate

import (
	"testing"
	"time"

	"weighbridge/bench/record"
)

// An effect as large as is said to be visible is called about as often as is said.
func TestAGateSeesWhatIsVisible(t *testing.T) {
	n := publishedNoise()
	quiet := newSimulation(n, noEffect(n), 1)
	quiet.measure(1000)
	spread := SpreadOf(quiet.rec, "p90", "side", "base", "head2")
	const runs, family = 200, 5 * heads
	for _, blocks := range []int{15, 30} {
		e := noEffect(n)
		e.p90 = 1 + *spread.Visible(blocks, family)
		var g gates
		for seed := range runs {
			s := newSimulation(n, e, uint64(seed))
			s.rec.Plan = record.Plan{Blocks: blocks}
			g.count(s.run(), "p90")
		}
		t.Logf("%d blocks see %.1f%% in %.1f%%", blocks, (e.p90-1)*100, g.share(g.caught)*100)
		if share := g.share(g.caught); share < 0.88 || share > 0.99 {
			t.Errorf("%.1f%% with %d blocks is called in %.1f%%, want about 95%%", (e.p90-1)*100, blocks, share*100)
		}
	}
}

func TestSpread(t *testing.T) {
	between := func(latencies ...time.Duration) *record.Record {
		return one(arm("ab=a", 100, each(100*time.Millisecond, len(latencies))...), arm("ab=b", 100, latencies...))
	}
	// 2% to either side in turn, save for a burst.
	latencies := []time.Duration{}
	for range 8 {
		latencies = append(latencies, 98*time.Millisecond, 102*time.Millisecond)
	}
	latencies[3] = time.Second
	s := SpreadOf(between(latencies...), "p50", "ab", "a", "b")
	near(t, "spread", &s.SD, 0.02049)
	if s.Values != 15 || s.Blocks != 16 || s.Bursts != 1 {
		t.Errorf("got %+v", s)
	}
	if got := SpreadOf(between(latencies[:5]...), "p50", "ab", "a", "b"); got != nil {
		t.Errorf("5 blocks have the spread %+v", got)
	}
	if got := SpreadOf(between(latencies...), "tps", "ab", "a", "b"); got != nil {
		t.Errorf("without closed load TPS has the spread %+v", got)
	}
	if got := s.Visible(8, 16); got != nil {
		t.Errorf("8 blocks are said to show %v of 16 figures", *got)
	}
	if got := SpreadOf(between(latencies[4:]...), "p99", "ab", "a", "b"); got != nil {
		t.Errorf("12 blocks of 100 prompts, two groups at most, have the p99 spread %+v", got)
	}
	none := Spread{Metric: "p50", Values: 15, Blocks: 15}
	near(t, "what is visible without noise", none.Visible(15, 16), DefaultMargin/2)
}
