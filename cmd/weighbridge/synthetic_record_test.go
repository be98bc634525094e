package main

import (
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// recipe describes a synthetic record whose blocks are drawn from a seed, so that its
// verdict does not depend on the machine.
type recipe struct {
	seed     uint64
	scenario string
	rules    []record.Rule
	axes     []record.Axis
	// blocks is the number planned, measured the number that ran, prompts the number of prompts in
	// each under open load. If closed is set, each also has closed load.
	blocks, measured, prompts int
	closed                    bool
	// speed is a factor on the whole run, own the spread of an arm's speed between blocks.
	speed, own float64
	// slower is how many times as long the level new takes, failing how many prompts it fails in a block.
	slower  float64
	failing int
	// whole adds histograms; records without are slim, which is quicker.
	whole bool
	// finish changes the record at the end; may be nil.
	finish func(*record.Record)
}

func plainRecipe() recipe {
	return recipe{
		seed: 1, scenario: "synthetic", blocks: 15, measured: 15, prompts: 1000, closed: true, speed: 1, own: 0.005, slower: 1,
		axes: []record.Axis{{Name: "side", Levels: []string{"old", "new"}}},
		rules: []record.Rule{
			{Name: "errors stay rare", Assert: "error_rate < 0.01"},
			{Name: "new is no worse", NoRegression: &record.NoRegression{
				Axis: "side", Base: "old", Head: "new", Metrics: []string{"tps", "p50", "p90", "p99", "error_rate"},
			}},
		},
	}
}

// kinds are the words of the command record: how each changes the plain recipe.
func kinds() map[string]func(*recipe) {
	return map[string]func(*recipe){
		"pass":         func(*recipe) {},
		"regression":   func(r *recipe) { r.slower = 1.3 },
		"failing":      func(r *recipe) { r.failing = 50 },
		"inconclusive": func(r *recipe) { r.own = 0.4 },
		"invalid": func(r *recipe) {
			r.finish = func(rec *record.Record) { rec.Invalid = []string{"side=new: send lag p99 is 9ms"} }
		},
		"incomplete": func(r *recipe) {
			r.finish = func(rec *record.Record) { rec.Complete, rec.Stopped = false, "interrupted" }
		},
		"empty":          func(r *recipe) { r.measured = 0 },
		"unplanned":      func(r *recipe) { r.measured, r.blocks = 0, 0 },
		"quick":          func(r *recipe) { r.measured, r.blocks, r.finish = 3, 3, func(rec *record.Record) { rec.Quick = true } },
		"other-scenario": func(r *recipe) { r.scenario = "other" },
		"other-machine":  func(r *recipe) { r.finish = func(rec *record.Record) { rec.Env.CPU = "Another CPU" } },
		"no-rules":       func(r *recipe) { r.rules = nil },
		"open-only":      func(r *recipe) { r.closed = false },
		"slow-run":       func(r *recipe) { r.speed = 0.7 },
		"other-arms":     func(r *recipe) { r.axes[0].Levels = []string{"a", "b", "c", "d", "e", "f"} },
		"more-arms":      func(r *recipe) { r.axes[0].Levels = append(r.axes[0].Levels, "next") },
		"totals": func(r *recipe) {
			r.rules = []record.Rule{{Name: "few connections", Assert: "connections < 10"}}
		},
		"whole":          func(r *recipe) { r.whole = true },
		"unknown-metric": func(r *recipe) { r.rules[1].NoRegression.Metrics = []string{"p42"} },
		"unknown-level":  func(r *recipe) { r.rules[1].NoRegression.Head = "newest" },
		"large": func(r *recipe) {
			r.blocks, r.measured, r.whole = 45, 45, true
			r.axes = append(r.axes, record.Axis{Name: "protocol", Levels: []string{"h1", "h2"}}, record.Axis{Name: "auth", Levels: []string{"oauth", "jwt"}})
		},
	}
}

// writeRecord is the command record FILE KIND…; the kind baseline-N is the N-th of many runs
// that differ only by noise.
func writeRecord(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: record FILE KIND…")
	}
	r := plainRecipe()
	for _, kind := range args[1:] {
		if n, ok := strings.CutPrefix(kind, "baseline-"); ok {
			seed, err := strconv.ParseUint(n, 10, 32)
			ts.Check(err)
			r.seed = 100 + seed
			continue
		}
		change, ok := kinds()[kind]
		if !ok {
			ts.Fatalf("record: unknown kind %s", kind)
		}
		change(&r)
	}
	path := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(filepath.Dir(path), 0o755))
	ts.Check(record.Write(path, r.make()))
}

func (r recipe) make() *record.Record {
	rec := recordtest.Base(record.Scenario{
		Name: r.scenario, Title: "Old or new", Source: "name: " + r.scenario + "\n", Set: []string{}, Axis: []string{},
	}, r.axes, r.blocks)
	rec.Started, rec.Ended, rec.Rules = rec.Started.Add(time.Duration(r.seed)*time.Hour), rec.Ended.Add(time.Duration(r.seed)*time.Hour), r.rules
	rng := rand.New(rand.NewPCG(r.seed, 7))
	speed := r.speed * math.Exp(0.002*rng.NormFloat64())
	for i := range rec.Arms {
		r.addTotals(&rec.Arms[i])
	}
	for block := range r.measured {
		drift := speed * math.Exp(0.05*rng.NormFloat64()) // hits all arms alike
		for i := range rec.Arms {
			arm := &rec.Arms[i]
			arm.Blocks = append(arm.Blocks, r.block(block, arm.Levels["side"] == "new", drift, rng))
		}
	}
	if !r.whole && r.measured > 0 {
		for i := range rec.Arms {
			rec.Arms[i].Percentiles = averaged(rec.Arms[i].Blocks)
		}
	}
	if r.finish != nil {
		r.finish(rec)
	}
	return rec
}

func (r recipe) addTotals(a *record.Arm) {
	a.Load = record.Load{
		BatchSize: 1, InFlight: 100, OpenPerS: float64(r.prompts), Arrivals: "constant", Shape: "flat", OpenDurationMS: 1000,
		RequestedProtocol: "http/1.1", RequestedTimeoutMS: 30000,
	}
	if r.closed {
		a.Load.ClosedInFlight, a.Load.ClosedDurationMS = 40, 500
	}
	attempts := uint64(r.prompts * r.measured)
	a.Totals = record.Totals{Attempts: attempts, Connections: 5}
	a.Ledger = &record.Ledger{Matches: true, Attempts: attempts, Statuses: map[string]uint64{"200": 1}, Faults: map[string]uint64{}}
}

func (r recipe) block(index int, isNew bool, speed float64, rng *rand.Rand) record.Block {
	failing := 0
	if isNew {
		failing, speed = r.failing, speed/r.slower
	}
	b := record.Block{Index: index, Complete: true, Open: r.slice(r.prompts, failing, speed*math.Exp(r.own*rng.NormFloat64()))}
	b.Open.StartMS = 1000 + 1500*float64(index)
	if r.closed {
		b.Closed = r.slice(int(1000*speed*math.Exp(r.own*rng.NormFloat64())), 0, speed)
		b.Closed.StartMS, b.Closed.DurationMS, b.Closed.Response = b.Open.StartMS+1000, 500, nil
	}
	return b
}

// averaged is the mean of the blocks' percentiles, which is about those of all blocks together.
func averaged(blocks []record.Block) *record.Percentiles {
	n, all := float64(len(blocks)), record.Percentiles{}
	for _, b := range blocks {
		p := b.Open.Percentiles
		all.MeanMS, all.P50MS, all.P90MS = all.MeanMS+p.MeanMS/n, all.P50MS+p.P50MS/n, all.P90MS+p.P90MS/n
		all.P95MS, all.P99MS, all.P999MS = all.P95MS+p.P95MS/n, all.P99MS+p.P99MS/n, all.P999MS+p.P999MS/n
	}
	return &all
}

// slice returns one second of load in which some prompts failed. Latencies are lognormal about 20
// ms: evenly spaced quantiles, without noise.
func (r recipe) slice(prompts, failed int, speed float64) *record.Slice {
	answered := prompts - failed
	s := &record.Slice{
		DurationMS: 1000, Due: uint64(prompts), Failed: uint64(failed), Answered: uint64(answered), InWindow: uint64(answered),
		Requests: uint64(prompts), Attempts: uint64(prompts),
	}
	if failed > 0 {
		s.Errors = map[string]uint64{"server": uint64(failed)}
	}
	at := func(q float64) float64 { return 20 / speed * math.Exp(0.5*distuv.UnitNormal.Quantile(q)) }
	if !r.whole {
		s.Percentiles = &record.Percentiles{MeanMS: at(0.6), P50MS: at(0.5), P90MS: at(0.9), P95MS: at(0.95), P99MS: at(0.99), P999MS: at(0.999)}
		return s
	}
	s.Response = record.NewHist()
	for i := range answered {
		s.Response.Record(time.Duration(1e6 * at((float64(i)+0.5)/float64(answered))))
	}
	return s
}
