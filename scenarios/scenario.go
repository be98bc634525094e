// Package scenarios is the scenario language: a YAML file is loaded, checked and
// expanded into the arms of an experiment.
package scenarios

import (
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/scenarios/metric"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// Scenario is one question, written down: what is asked of whom, under which
// load, along which axes.
type Scenario struct {
	// Name is an identifier of [a-z0-9-], 1 to 64 long; required.
	Name string `yaml:"name"`
	// Title says the question in a line; default empty.
	Title string `yaml:"title"`
	// About says the rest; default empty.
	About string `yaml:"about"`
	// Target is who is asked.
	Target target.Config `yaml:"target"`
	// Prompts is what is asked.
	Prompts Prompts `yaml:"prompts"`
	// Client is how the target is asked.
	Client target.Client `yaml:"client"`
	// Load is how hard each arm is driven: open, closed, capacity or several; default open.
	Load Load `yaml:"load"`
	// Experiment is how the arms are laid out in time.
	Experiment Experiment `yaml:"experiment"`
	// Validity is past what the harness, not the target, would be measured.
	Validity Validity `yaml:"validity"`
	// Mock is what the bundled mock costs, limits and breaks, where target.url is mock.
	Mock mockserver.Config `yaml:"mock"`
	// Matrix is the axes, in the order written; default none, which is one arm.
	Matrix Matrix `yaml:"matrix"`
	// Rules are what must hold; default none.
	Rules []Rule `yaml:"rules"`
	// Claims are figures that somebody stated; default none.
	Claims []Claim `yaml:"claims"`

	// quick bounds the loads that levels create, as Quick bounds those here.
	quick bool
	// arms is what Arms returns.
	arms []Arm
}

// Prompts is what is asked.
type Prompts struct {
	// Length is characters per prompt, at least 0; default 400.
	Length mockserver.Number `yaml:"length"`
	// Distinct is how many different prompts there are, 1…1000000; default 1000.
	Distinct int `yaml:"distinct" check:"min=1,max=1000000"`
	// Zipf is the exponent of their popularity, 0…10; default 0, uniform.
	Zipf float64 `yaml:"zipf" check:"min=0,max=10"`
	// MaxTokens is the longest answer asked for, in tokens, at least 1; default 64.
	MaxTokens int `yaml:"max_tokens" check:"min=1"`
	// File holds the prompts, as text (one a line) or JSON lines, beside the scenario; default none: synthetic.
	File string `yaml:"file"`
}

// Load is how hard each arm is driven. At least one of Open, Closed and Capacity is set.
type Load struct {
	// Warmup is run and thrown away, at least 0; default 1s.
	Warmup time.Duration `yaml:"warmup" check:"min=0"`
	// Drain bounds the wait for answers after a slice, at least 0; default 2s.
	Drain time.Duration `yaml:"drain" check:"min=0"`
	// Open is load on a schedule, for latency and errors; {} is all its defaults.
	Open *Open `yaml:"open"`
	// Closed is requests kept in flight, for TPS; {} is all its defaults.
	Closed *Closed `yaml:"closed"`
	// Capacity is a search for the highest open rate that holds; {} is all its defaults.
	Capacity *Capacity `yaml:"capacity"`
}

// Open is load on an absolute schedule that never bends to the server.
type Open struct {
	// Rate is prompts/s per arm, the mean over a block, 0.001…1000000; default the mean of a ramp or of steps, which take no other, else 50.
	Rate float64 `yaml:"rate" check:"min=0.001,max=1000000"`
	// Arrivals is constant (evenly spaced), poisson (each moment as likely as any other) or gamma (bursts); default poisson.
	Arrivals string `yaml:"arrivals" check:"enum=constant|poisson|gamma"`
	// Burstiness is the coefficient of variation of the gaps under gamma arrivals, without a unit, 0.01…100, 1 being poisson; default 2.
	Burstiness float64 `yaml:"burstiness" check:"min=0.01,max=100"`
	// Shape is how the rate moves within a block, each block anew: ramp, steps or sine; default flat.
	Shape Shape `yaml:"shape"`
	// Trace is a file that says when prompts are due, beside the scenario: a line each, CSV of an offset from the start (seconds, or a duration such as 1.5s) and maybe a length in characters, or JSON lines such as {"at_ms": 1500, "length": 400}. Blocks play it one after another, and it starts over at its end, the mean gap after its last line. It takes the place of rate, arrivals, burstiness and shape; default none.
	Trace string `yaml:"trace"`
	// Duration is per block, at least 1ms; default 10s.
	Duration time.Duration `yaml:"duration" check:"min=1ms"`
}

// Closed is a fixed number of workers, each of which sends its next request when
// the last one was answered and it has thought.
type Closed struct {
	// InFlight is workers, and so requests at once, at least 1; default 50.
	InFlight int `yaml:"in_flight" check:"min=1"`
	// Duration is per block and arm, the lead-in not counted, at least 1ms; default 5s.
	Duration time.Duration `yaml:"duration" check:"min=1ms"`
	// Ramp is the uncounted lead-in, at least 0; default 100ms. It lasts at least a worker's turn, an answer and the thinking after it: workers begin over that.
	Ramp time.Duration `yaml:"ramp" check:"min=0"`
	// Think is how long a worker waits after an answer before its next request, at least 0, drawn by the seed and in no latency; default 0.
	Think dist.Duration `yaml:"think"`
}

// The orders of an experiment.
const (
	Concurrent = "concurrent"
	Sequential = "sequential"
)

// Experiment is how the arms are laid out in time.
type Experiment struct {
	// Order is how a block's open slices run: concurrent, all arms at once, or sequential, one arm at
	// a time in an order drawn anew per block, each with its own drain; default concurrent.
	Order string `yaml:"order" check:"enum=concurrent|sequential"`
	// Blocks is how many slices of time measure all arms, 1…1000; default 1.
	Blocks int `yaml:"blocks" check:"min=1,max=1000"`
	// MaxBlocks is how many a gate may go on to, 0…1000; default 0, which takes blocks.
	MaxBlocks int `yaml:"max_blocks" check:"min=0,max=1000"`
	// RestartEvery is after how many blocks the mocks are started anew and warmed up again, 0…1000;
	// default 0, which is never. It needs every arm on the mock.
	RestartEvery int `yaml:"restart_every" check:"min=0,max=1000"`
	// Seed decides schedules, prompts and faults; default 1.
	Seed uint64 `yaml:"seed"`
}

// Validity is the thresholds past which a run's figures do not count, because the
// harness or the machine was the limit. A protocol other than asked for and a
// ledger that does not match have none: they are always wrong.
type Validity struct {
	// SendLag is how late requests may leave, at p99 of an arm, at least 0; default 5ms. The larger of it and send_lag_share counts.
	SendLag time.Duration `yaml:"send_lag" check:"min=0"`
	// SendLagShare is the same as a share of the arm's response p99, 0…1; default 0.1.
	SendLagShare float64 `yaml:"send_lag_share" check:"min=0,max=1"`
	// HandedOver is the least share of an arm's prompts due that must be sent, 0…1; default 0.99.
	HandedOver float64 `yaml:"handed_over" check:"min=0,max=1"`
	// CPU is the share of all cores that harness and mocks may use while arms run at once, in concurrent order, 0…1; default 0.7.
	CPU float64 `yaml:"cpu" check:"min=0,max=1"`
	// GCPause is how long the garbage collector may stop the harness or the mocks, 0.1% of all moments apart, at least 0; default 5ms.
	GCPause time.Duration `yaml:"gc_pause" check:"min=0"`
	// Files is the share of its limit of open files that the harness or the mocks' process may use, 0…1; default 0.9.
	Files float64 `yaml:"files" check:"min=0,max=1"`
	// ClockStep is how far the wall clock may step against the monotonic one, at least 0; default 50ms.
	ClockStep time.Duration `yaml:"clock_step" check:"min=0"`
}

// Rule is what must hold: an assertion, or no regression between two levels.
type Rule struct {
	// Name is what reports call it; required, and no other rule's.
	Name string `yaml:"name"`
	// Assert is an expression over metrics that is true or false, as error_rate < 0.01, judged in every arm, or ratio(tps, "axis=level", "axis=level") > 1.5, head before base and the other axes pooled; default none.
	Assert string `yaml:"assert"`
	// NoRegression is the other kind of rule: what must be no worse; default none.
	NoRegression *NoRegression `yaml:"no_regression"`
}

// NoRegression compares a head with a base on some metrics: two levels of an
// axis, or, where Axis, Base and Head are left out, this run with records.
type NoRegression struct {
	// Axis is whose levels are compared; default none, which compares with records.
	Axis string `yaml:"axis"`
	// Base is the level compared with; required with axis.
	Base string `yaml:"base"`
	// Head is the level that must be no worse; required with axis.
	Head string `yaml:"head"`
	// Metrics are what is compared, each a metric that has a default margin; default those marked so in the table of metrics, those that need closed load only where an arm has some.
	Metrics JudgedMetrics `yaml:"metrics"`
	// Margin is how much worse the head may be in rates and latencies, as a share of the base, 0.001…1; default none, which leaves each metric its own margin.
	Margin float64 `yaml:"margin" check:"min=0.001,max=1"`
	// ErrorMargin is how much worse the head may be in error_rate, as a difference between shares of prompts, 0.0001…1; default 0.0025, a quarter of a percentage point.
	ErrorMargin float64 `yaml:"error_margin" check:"min=0.0001,max=1"`
}

// JudgedMetrics are names of metrics that no_regression takes.
type JudgedMetrics []string

// Words are the names of all of them.
func (JudgedMetrics) Words() []string { return metric.Names(metric.Judged()) }

// Claim is a figure somebody stated, and how to measure it.
type Claim struct {
	// ID is what reports call it; required.
	ID string `yaml:"id"`
	// Says is the claim in words; default empty.
	Says string `yaml:"says"`
	// Measure is an expression over metrics that gives the figure, as ratio(tps, "axis=level", "axis=level"); required.
	Measure string `yaml:"measure"`
	// Claimed is the figure as stated; default 0.
	Claimed float64 `yaml:"claimed"`
	// Source is who stated it, and where; default empty.
	Source string `yaml:"source"`
}

// Matrix is the axes of a scenario in the order written.
type Matrix []Axis

// Axis is one question: levels in the order written, the first being the base.
type Axis struct {
	Name   string
	Levels []Level
}

// Level is one answer to an axis's question: the patches that make it.
type Level struct {
	Name    string
	Patches []tree.Patch
}

// Arm is the scenario with one level of every axis applied, every default filled in.
type Arm struct {
	// Index counts from 0 in the order of the matrix, the last axis turning fastest.
	Index int
	// Name is axis=level for every axis, joined by commas; "all" without axes.
	Name string
	// Levels maps each axis to this arm's level.
	Levels map[string]string

	// These are what the paths of a level lead into.
	Target  target.Config     `yaml:"target"`
	Prompts Prompts           `yaml:"prompts"`
	Client  target.Client     `yaml:"client"`
	Load    Load              `yaml:"load"`
	Mock    mockserver.Config `yaml:"mock"`
}
