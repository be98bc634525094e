package gate

import (
	"flag"
	"fmt"
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
var powerRuns = flag.Int("power-runs", 8, "gates to simulate for each line of the tables of TestGateFalseAlarms and TestGatePower")

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
func simulate(run func(seed uint64) *simulation, metric string, runs int) gates {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var all gates
	next := make(chan int)
	for range runtime.NumCPU() {
		wg.Go(func() {
			for seed := range next {
				j := run(uint64(seed)).run()
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

func (g *gates) count(j RunVerdict, metric string) {
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
	if slices.ContainsFunc(j.Rules[0].Findings, func(f Finding) bool { return f.Metric == metric && f.Verdict == Regression }) {
		g.caught++
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
	// elsewhere is the effect in the second of four combinations, of which the first has effect;
	// nil for a base and four heads.
	elsewhere *effect
	metric    string
	// caught is the smallest share of gates that must call it, passes the largest that may pass.
	caught, passes float64
}

// run simulates one gate.
func (c powerCase) run(seed uint64) *simulation {
	if c.elsewhere == nil {
		return newSimulation(c.noise, c.effect, seed)
	}
	same := noEffect(c.noise)
	return newMatrix(c.noise, [heads]effect{c.effect, *c.elsewhere, same, same}, seed)
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
	follows := n
	follows.ownRho = 0.05 // as real runs have at most
	p50 := func(factor float64) effect { return with(func(e *effect) { e.p50 = factor }) }
	p90 := with(func(e *effect) { e.p90 = 1.05 })
	p99 := func(factor float64) effect { return with(func(e *effect) { e.p99 = factor }) }
	fewer := with(func(e *effect) { e.tps = 1 / slower })
	failing := func(share float64) effect { return with(func(e *effect) { e.errors = share }) }
	return []powerCase{
		{"p50 +5%", n, p50(1.05), nil, "p50", 0.95, 0.05},
		{"p90 +5%", n, p90, nil, "p90", 0.95, 0.05},
		{"TPS -5%", n, fewer, nil, "tps", 0.95, 0.05},
		{"p50 +5%, ρ 0.05", follows, p50(1.05), nil, "p50", 0.95, 0.05},
		{"p90 +5%, ρ 0.05", follows, p90, nil, "p90", 0.95, 0.05},
		{"TPS -5%, ρ 0.05", follows, fewer, nil, "tps", 0.95, 0.05},
		{"p50 +10%", n, p50(1.10), nil, "p50", 0.99, 0.05},
		{"p99 +20%", n, p99(1.20), nil, "p99", 0.98, 0.05},
		{"p99 +10%", n, p99(1.10), nil, "p99", 0.90, 0.05},
		{"p99 +10%, own noise 6.8%", limit, p99(1.10), nil, "p99", 0.60, 0.05},
		{"p99 +10%, own noise 11%", noisy, p99(1.10), nil, "p99", 0, 0.05},
		{"errors 0.1% to 0.5%", n, failing(0.005), nil, "error_rate", 0.60, 0.05},
		{"errors +0.25 points, lapses", lapsingNoise(), failing(n.errors + errorMargin(&record.NoRegression{})), nil, "error_rate", 0, 0.05},
		{"errors +0.25 points, the margin", n, failing(n.errors + errorMargin(&record.NoRegression{})), nil, "error_rate", 0, 0.05},
		{"+50% beside -33% of 4", n, p50(1.5), new(p50(0.67)), "p50", 0.99, 0.01},
		{"+10% in 1 combination of 4", n, p50(1.10), new(noEffect(n)), "p50", 0.95, 0.05},
		{"+5% in 1 combination of 4", n, p50(1.05), new(noEffect(n)), "p50", 0.95, 0.05},
	}
}

// sameCase is a line of the table in which nothing differs.
type sameCase struct {
	name string
	run  func(seed uint64) *simulation
	// passes is the smallest share of gates that must pass.
	passes float64
}

func sameCases() []sameCase {
	n := publishedNoise()
	oneHead := func(n noise, metrics ...string) func(seed uint64) *simulation {
		return func(seed uint64) *simulation {
			s := newSimulation(n, noEffect(n), seed)
			s.rec.Rules = s.rec.Rules[:1]
			if len(metrics) > 0 {
				s.rec.Rules[0].NoRegression.Metrics = metrics
			}
			return s
		}
	}
	var out []sameCase
	follows, lapsing := n, lapsingNoise()
	for _, c := range []struct{ rho, passes float64 }{{0, 0.8}, {0.3, 0}, {0.5, 0}, {0.8, 0}} {
		n := n
		n.ownRho, follows.ownRho = c.rho, c.rho
		out = append(out, sameCase{fmt.Sprintf("nothing changed (A/A), ρ %.1f", c.rho), func(seed uint64) *simulation { return newSimulation(n, noEffect(n), seed) }, c.passes})
	}
	return append(out,
		sameCase{"nothing changed, 4 combinations", func(seed uint64) *simulation {
			return newMatrix(n, [heads]effect{noEffect(n), noEffect(n), noEffect(n), noEffect(n)}, seed)
		}, 0},
		sameCase{"nothing changed, 1 head, ρ 0.8", oneHead(follows), 0},
		sameCase{"nothing changed, p50 alone, ρ 0.8", oneHead(follows, "p50"), 0},
		sameCase{"nothing changed, lapses, errors", oneHead(lapsing, "error_rate"), 0},
		sameCase{"nothing changed, lapses", func(seed uint64) *simulation { return newSimulation(lapsing, noEffect(lapsing), seed) }, 0},
	)
}

// TestGateFalseAlarms checks that gates of identical builds call no regression, under the noise
// that NOISE.md publishes: 24 hypotheses unless the line says otherwise, looks at 15, 30 and 45
// blocks.
func TestGateFalseAlarms(t *testing.T) {
	for _, c := range sameCases() {
		g := simulate(c.run, "", *powerRuns)
		t.Logf("%-34s %5d gates: regression %.2f%%, pass %.1f%%, inconclusive %.1f%%; %.1f blocks", c.name, g.runs,
			g.share(g.regressions)*100, g.share(g.passes)*100, g.share(g.inconclusive)*100, float64(g.blocks)/float64(g.runs))
		atMost(t, c.name+": called a regression", g, g.regressions, 0.01)
		atLeast(t, c.name+": passed", g, g.passes, c.passes)
	}
}

// TestGatePower checks the power of the gate under the same noise.
func TestGatePower(t *testing.T) {
	runs := *powerRuns
	for _, c := range powerCases() {
		g := simulate(c.run, c.metric, runs)
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
	s.measure(500)
	m, _ := metric.Named(c.metric)
	sample, ok := figures.NewCalculator().Sample(m, figures.PairsOf(s.rec, "side", "base", "head2"))
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
