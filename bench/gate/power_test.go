package gate

import (
	"flag"
	"math"
	"runtime"
	"slices"
	"sync"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// powerRuns is how many gates a line simulates; make gate-power asks for 2000.
var powerRuns = flag.Int("power-runs", 20, "gates to simulate for each line of the table of TestGatePower")

// gates are the verdicts of many simulated gates.
type gates struct {
	runs, regressions, passes, inconclusive int
	// caught are the gates that called the metric of the effect a regression of the first head,
	// missed those that passed, and wrong those that called one of the other heads.
	caught, missed, wrong int
	// blocks is how many all gates took together.
	blocks int
}

// simulate runs many gates on all processors; the effect is in the metric, "" for none.
func simulate(n noise, e effect, metric string, runs int) gates {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var all gates
	next := make(chan int)
	for range runtime.NumCPU() {
		wg.Go(func() {
			for seed := range next {
				j := newSimulation(n, e, uint64(seed)).run()
				mu.Lock()
				all.count(j, metric)
				mu.Unlock()
			}
		})
	}
	for seed := range runs {
		next <- seed
	}
	close(next)
	wg.Wait()
	return all
}

func (g *gates) count(j Judgement, metric string) {
	g.runs++
	g.blocks += j.Blocks
	switch j.Verdict {
	case Regression:
		g.regressions++
	case Pass:
		g.passes++
	default:
		g.inconclusive++
	}
	for _, f := range j.Rules[0].Findings {
		if f.Metric == metric && f.Verdict == Regression {
			g.caught++
		}
	}
	if j.Verdict == Pass {
		g.missed++
	}
	for _, r := range j.Rules[1:] {
		if r.Verdict == Regression {
			g.wrong++
			break
		}
	}
}

func (g gates) share(n int) float64 { return float64(n) / float64(g.runs) }

// atMost fails where the lower 99.9% bound of the share is over the limit, so that few runs
// rarely fail by chance; from 1000 runs on the share itself must not be over it.
func atMost(t *testing.T, what string, g gates, n int, limit float64) {
	t.Helper()
	in := stat.RateOf([]stat.Cluster{{Count: float64(n), Of: float64(g.runs)}}).ShareBounds(0.001)
	if in.Low > limit {
		t.Errorf("%s: %d of %d, expected at most %.3g%%", what, n, g.runs, limit*100)
	}
	if g.runs >= 1000 && g.share(n) > limit {
		t.Errorf("%s: %.2f%% of %d, expected at most %.3g%%", what, g.share(n)*100, g.runs, limit*100)
	}
}

func atLeast(t *testing.T, what string, g gates, n int, limit float64) {
	t.Helper()
	atMost(t, "not "+what, g, g.runs-n, 1-limit)
}

// powerCase is one line of the table: a true effect, and how often the gate must call it.
type powerCase struct {
	name   string
	noise  noise
	effect effect
	metric string
	// caught is the smallest share of gates that must call it, passes the largest that may pass.
	caught, passes float64
}

func powerCases() []powerCase {
	n := publishedNoise()
	with := func(change func(*effect)) effect {
		e := noEffect(n)
		change(&e)
		return e
	}
	limit := n
	limit.own = 0.068 // the standard deviation of a block's p99 ratio is then 13%
	noisy := n
	noisy.own = 0.11 // the standard deviation of a block's p99 ratio is then 19%
	tps, _ := metric.Named(metric.TPS)
	slower := 1 / (1 - tps.Margin)
	return []powerCase{
		{"p50 +5%", n, with(func(e *effect) { e.p50 = 1.05 }), "p50", 0.95, 0.05},
		{"p90 +5%", n, with(func(e *effect) { e.p90 = 1.05 }), "p90", 0.95, 0.05},
		{"TPS -5%", n, with(func(e *effect) { e.tps = 1 / slower }), "tps", 0.95, 0.05},
		{"p50 +10%", n, with(func(e *effect) { e.p50 = 1.10 }), "p50", 0.99, 0.05},
		{"p99 +20%", n, with(func(e *effect) { e.p99 = 1.20 }), "p99", 0.99, 0.05},
		{"p99 +10%", n, with(func(e *effect) { e.p99 = 1.10 }), "p99", 0.90, 0.05},
		{"p99 +10%, own noise 6.8%", limit, with(func(e *effect) { e.p99 = 1.10 }), "p99", 0.65, 0.05},
		{"p99 +10%, own noise 11%", noisy, with(func(e *effect) { e.p99 = 1.10 }), "p99", 0, 0.05},
		{"errors 0.1% to 0.5%", n, with(func(e *effect) { e.errors = 0.005 }), "error_rate", 0.85, 0.05},
		{"errors +0.25 points, the margin", n, with(func(e *effect) { e.errors = n.errors + errorMargin(&record.NoRegression{}) }), "error_rate", 0, 0.05},
	}
}

// TestGatePower checks the error rates and the power of the gate under the noise that NOISE.md
// publishes: 20 hypotheses, looks at 15, 30 and 45 blocks.
func TestGatePower(t *testing.T) {
	runs := *powerRuns
	same := simulate(publishedNoise(), noEffect(publishedNoise()), "", runs)
	t.Logf("%-32s %5d gates of %d comparisons: regression %.2f%%, pass %.1f%%, inconclusive %.1f%%; %.1f blocks", "nothing changed (A/A)",
		runs, 5*heads, same.share(same.regressions)*100, same.share(same.passes)*100, same.share(same.inconclusive)*100, float64(same.blocks)/float64(runs))
	atMost(t, "identical builds called a regression", same, same.regressions, 0.01)
	atLeast(t, "identical builds passed", same, same.passes, 0.95)
	for _, c := range powerCases() {
		g := simulate(c.noise, c.effect, c.metric, runs)
		t.Logf("%-32s caught %5.1f%%, passed %4.2f%%, inconclusive %4.1f%%, another head called %4.2f%%; %.1f blocks, spread of a block's %s %.1f%%", c.name,
			g.share(g.caught)*100, g.share(g.missed)*100, g.share(g.inconclusive)*100, g.share(g.wrong)*100, float64(g.blocks)/float64(runs), c.metric, blockSpread(c)*100)
		atLeast(t, c.name+" caught", g, g.caught, c.caught)
		atMost(t, c.name+" passed", g, g.missed, c.passes)
		atMost(t, c.name+": another head called", g, g.wrong, 0.01)
	}
}

// blockSpread is the standard deviation of the metric's log ratio in a block, estimated from
// its quartiles, which bursts do not move.
func blockSpread(c powerCase) float64 {
	s := newSimulation(c.noise, noEffect(c.noise), 1)
	s.measure(2000)
	m, _ := metric.Named(c.metric)
	sample, ok := figures.NewReckoner().Sample(m, figures.PairsOf(s.rec, "side", "base", "head2"))
	if !ok {
		return 0 // the error rate is not compared by ratios
	}
	return quartileSpread(sample.Logs)
}

func quartileSpread(x []float64) float64 {
	var magnitudes []float64
	for _, v := range x {
		magnitudes = append(magnitudes, math.Abs(v))
	}
	slices.Sort(magnitudes)
	return magnitudes[len(magnitudes)/2] / 0.6745 // the upper quartile of a standard normal
}
