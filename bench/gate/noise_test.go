package gate

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/bench/record"
)

// noise is the model that NOISE.md publishes: what varies in a run of identical builds.
type noise struct {
	// prompts due in a block, to each arm.
	prompts int
	// sigma is the standard deviation of the logarithm of a single latency.
	sigma float64
	// driftSD and driftRho are the standard deviation and autocorrelation of the log drift that
	// the arms of a block share, an AR(1) process.
	driftSD, driftRho float64
	// own and ownRho are the standard deviation and autocorrelation of each arm's own log factor
	// in a block, an AR(1) process.
	own, ownRho float64
	// bursts is the share of an arm's blocks whose slowest 5% take burstFactor times as long.
	bursts, burstFactor float64
	// errors is the share of prompts that fail, cluster at a time.
	errors  float64
	cluster int
	// lapses and lapsesRho are the standard deviation and autocorrelation of each arm's own log
	// factor on that share, an AR(1) process: failures that come and go.
	lapses, lapsesRho float64
}

// publishedNoise is the model with the figures of NOISE.md.
func publishedNoise() noise {
	return noise{
		prompts: 2000, sigma: 0.5, driftSD: 0.08, driftRho: 0.7, own: 0.02,
		bursts: 0.05, burstFactor: 3, errors: 0.001, cluster: 10,
	}
}

// lapsingNoise has failures that come and go, and last for several blocks, in each arm by itself.
func lapsingNoise() noise {
	n := publishedNoise()
	n.lapses, n.lapsesRho = 1.5, 0.8
	return n
}

// effect is the true effect of the first head: factors on its latencies and its TPS, and the
// share of its prompts that fail.
type effect struct {
	p50, p90, p99, tps float64
	errors             float64
}

func noEffect(n noise) effect { return effect{1, 1, 1, 1, n.errors} }

// heads is the number of levels compared with the base, each by five metrics, and the number of
// combinations of a matrix.
const heads = 4

// simulation is a run under noise, block by block.
type simulation struct {
	noise noise
	// effects are the arms'.
	effects []effect
	rng     *rand.Rand
	// closedFailures draws the failures under closed load.
	closedFailures *rand.Rand
	rec            *record.Record
	drift          float64
	// own are the log factors of the arms under open and under closed load, lapses those on the
	// share that fails.
	own    [][2]float64
	lapses []float64
}

// newSimulation is of a base and four heads, of which the first has the effect.
func newSimulation(n noise, e effect, seed uint64) *simulation {
	levels := []string{"base"}
	for i := range heads {
		levels = append(levels, fmt.Sprintf("head%d", i+1))
	}
	s := emptySimulation(n, seed, record.Axis{Name: "side", Levels: levels})
	for i, level := range levels {
		s.add(noEffect(n), map[string]string{"side": level})
		if i > 0 {
			s.compare(level)
		}
	}
	s.effects[1] = e
	return s
}

// newMatrix is of a base and a head in four combinations each, in which the head has the effects.
func newMatrix(n noise, effects [heads]effect, seed uint64) *simulation {
	where := []string{"c1", "c2", "c3", "c4"}
	s := emptySimulation(n, seed, record.Axis{Name: "side", Levels: []string{"base", "head"}}, record.Axis{Name: "where", Levels: where})
	for i, e := range effects {
		s.add(noEffect(n), map[string]string{"side": "base", "where": where[i]})
		s.add(e, map[string]string{"side": "head", "where": where[i]})
	}
	s.compare("head")
	return s
}

func emptySimulation(n noise, seed uint64, axes ...record.Axis) *simulation {
	s := &simulation{noise: n, rng: rand.New(rand.NewPCG(seed, 0x9e3779b97f4a7c15)), closedFailures: rand.New(rand.NewPCG(seed, 1))}
	s.drift = n.driftSD * s.rng.NormFloat64()
	s.rec = &record.Record{Complete: true, Plan: record.Plan{Blocks: 15, MaxBlocks: 45}, Axes: axes}
	return s
}

// add adds an arm.
func (s *simulation) add(e effect, levels map[string]string) {
	s.rec.Arms = append(s.rec.Arms, record.Arm{Name: fmt.Sprint(levels), Levels: levels})
	s.effects = append(s.effects, e)
	s.own = append(s.own, [2]float64{s.noise.own * s.rng.NormFloat64(), s.noise.own * s.rng.NormFloat64()})
	lapse := 0.0
	if s.noise.lapses > 0 {
		lapse = s.noise.lapses * s.closedFailures.NormFloat64()
	}
	s.lapses = append(s.lapses, lapse)
}

// compare adds the rule that a head is no worse than the base.
func (s *simulation) compare(head string) {
	s.rec.Rules = append(s.rec.Rules, record.Rule{Name: head + " is no worse", NoRegression: &record.NoRegression{
		Axis: "side", Base: "base", Head: head, Metrics: []string{"tps", "p50", "p90", "p99", "error_rate"},
	}})
}

// run measures as a real run does: it goes on to the next look while the gate is inconclusive.
func (s *simulation) run() RunVerdict {
	blocks := s.rec.Plan.Blocks
	for {
		s.measure(blocks)
		j, err := Check(s.rec, s.rec.Rules, nil)
		if err != nil {
			panic(err) // the simulation's own rules
		}
		next := nextLook(s.rec.Plan, blocks)
		if j.Verdict != Inconclusive || next == 0 {
			return j
		}
		blocks = next
	}
}

// measure adds blocks until there are so many.
func (s *simulation) measure(blocks int) {
	for index := len(s.rec.Arms[0].Blocks); index < blocks; index++ {
		for i := range s.rec.Arms {
			arm, e := &s.rec.Arms[i], s.effects[i]
			failing := s.failing(i)
			e.errors *= failing
			arm.Blocks = append(arm.Blocks, record.Block{Index: index, Complete: true, Open: s.open(e, s.own[i][0]), Closed: s.closed(e, s.own[i][1], s.noise.errors*failing)})
			for k := range s.own[i] {
				s.own[i][k] = s.next(s.own[i][k], s.noise.own, s.noise.ownRho)
			}
		}
		s.drift = s.next(s.drift, s.noise.driftSD, s.noise.driftRho)
	}
}

// failing is the factor on the share of the arm's prompts that fail in the next block; its mean
// is 1.
func (s *simulation) failing(arm int) float64 {
	n, v := s.noise, s.lapses[arm]
	if n.lapses == 0 {
		return 1
	}
	s.lapses[arm] = n.lapsesRho*v + math.Sqrt(1-n.lapsesRho*n.lapsesRho)*n.lapses*s.closedFailures.NormFloat64()
	return math.Exp(v - n.lapses*n.lapses/2)
}

// next is the value after v of an AR(1) process.
func (s *simulation) next(v, sd, rho float64) float64 {
	return rho*v + math.Sqrt(1-rho*rho)*sd*s.rng.NormFloat64()
}

func (s *simulation) open(e effect, own float64) *record.Slice {
	n := s.noise
	due := uint64(n.prompts)
	out := &record.Slice{DurationMS: 10_000, Due: due, Failed: s.failures(s.rng, e.errors, due)}
	out.Answered = due - out.Failed
	factor := math.Exp(s.drift + own)
	tail := factor
	if s.rng.Float64() < n.bursts {
		tail *= n.burstFactor
	}
	p50, p90, p99 := s.percentiles(int(out.Answered))
	out.Percentiles = &record.Percentiles{P50MS: 20 * p50 * factor * e.p50, P90MS: 20 * p90 * factor * e.p90, P99MS: 20 * p99 * tail * e.p99}
	return out
}

// percentiles are those of n lognormal latencies with median 1, drawn directly as order
// statistics, from those of uniform draws (David & Nagaraja, Order Statistics, 3rd ed., §2.2).
func (s *simulation) percentiles(n int) (p50, p90, p99 float64) {
	below, u := 0, 0.0
	at := func(q float64) float64 {
		rank := int(math.Ceil(q * float64(n)))
		if rank > below { // else so few are answered that one is both
			u += (1 - u) * distuv.Beta{Alpha: float64(rank - below), Beta: float64(n + 1 - rank), Src: s.rng}.Rand()
		}
		below = rank
		return math.Exp(s.noise.sigma * distuv.UnitNormal.Quantile(u))
	}
	return at(0.5), at(0.9), at(0.99)
}

// closed is a slice of closed load: its count varies with the block's speed, and with the sum
// of its prompts' latencies. failing is the share that fails.
func (s *simulation) closed(e effect, own, failing float64) *record.Slice {
	n := s.noise
	spread := math.Sqrt(math.Expm1(n.sigma*n.sigma) / float64(n.prompts))
	speed := math.Exp(-s.drift + own + spread*s.rng.NormFloat64())
	answered := uint64(math.Round(2000 * speed * e.tps))
	failed := s.failures(s.closedFailures, failing, answered)
	return &record.Slice{DurationMS: 1000, InWindow: answered, Answered: answered, Failed: failed, Due: answered + failed}
}

// failures are how many of so many prompts fail, a cluster at a time, where the share does.
func (s *simulation) failures(rng *rand.Rand, share float64, prompts uint64) uint64 {
	clusters := distuv.Poisson{Lambda: share * float64(prompts) / float64(s.noise.cluster), Src: rng}.Rand()
	return min(uint64(clusters)*uint64(s.noise.cluster), prompts)
}
