package scenarios

import (
	"slices"
	"time"

	"weighbridge/scenarios/metric"
)

// Capacity is a search, in each arm after the blocks, for the highest open rate at which
// every objective is met.
type Capacity struct {
	// From is the first rate tried, in prompts per second, 0.001…1000000; default 10.
	From float64 `yaml:"from" check:"min=0.001,max=1000000"`
	// To is the highest rate tried, in prompts per second, 0.001…1000000; default 10000.
	To float64 `yaml:"to" check:"min=0.001,max=1000000"`
	// ErrorRate is the objective for the share of due prompts that fail, at most this, 0…1; default 0.01. 1 switches it off.
	ErrorRate float64 `yaml:"error_rate" check:"min=0,max=1"`
	// P50 is the objective for p50 response latency, at most this, with failed prompts counting as infinite, 0…24h; default 0, no objective.
	P50 time.Duration `yaml:"p50" check:"min=0,max=24h"`
	// P90 is the objective for p90 response latency, at most this, with failed prompts counting as infinite, 0…24h; default 0, no objective.
	P90 time.Duration `yaml:"p90" check:"min=0,max=24h"`
	// P99 is the objective for p99 response latency, at most this, with failed prompts counting as infinite, 0…24h; default 0, no objective.
	P99 time.Duration `yaml:"p99" check:"min=0,max=24h"`
	// TTFTP50 is the objective for p50 time to first token, at most this, with failed prompts counting as infinite, 0…24h; default 0, no objective. It and the next five need target.stream.
	TTFTP50 time.Duration `yaml:"ttft_p50" check:"min=0,max=24h"`
	// TTFTP90 is the objective for p90 time to first token, at most this, 0…24h; default 0, no objective.
	TTFTP90 time.Duration `yaml:"ttft_p90" check:"min=0,max=24h"`
	// TTFTP99 is the objective for p99 time to first token, at most this, 0…24h; default 0, no objective.
	TTFTP99 time.Duration `yaml:"ttft_p99" check:"min=0,max=24h"`
	// TPOTP50 is the objective for p50 time per output token, at most this, 0…24h; default 0, no objective.
	TPOTP50 time.Duration `yaml:"tpot_p50" check:"min=0,max=24h"`
	// TPOTP90 is the objective for p90 time per output token, at most this, 0…24h; default 0, no objective.
	TPOTP90 time.Duration `yaml:"tpot_p90" check:"min=0,max=24h"`
	// TPOTP99 is the objective for p99 time per output token, at most this, 0…24h; default 0, no objective.
	TPOTP99 time.Duration `yaml:"tpot_p99" check:"min=0,max=24h"`
	// Step is how long each rate is tried at least, without the drain, 1ms…24h; default 5s. If ten answers in a row take longer than that, each rate is tried for as long as they take, up to 5m.
	Step time.Duration `yaml:"step" check:"min=1ms,max=24h"`
	// Confirm is the number of further trials at the answer, all of which must meet the objectives, 1…100; default 3.
	Confirm int `yaml:"confirm" check:"min=1,max=100"`
	// Precision is how close the search narrows the answer down: the maximum gap to the lowest rate that failed, as a share of the answer, 0.001…1; default 0.02.
	Precision float64 `yaml:"precision" check:"min=0.001,max=1"`
	// Arrivals is how prompts are spaced, constant or poisson; default load.open.arrivals if it is constant, otherwise poisson.
	Arrivals string `yaml:"arrivals" check:"enum=constant|poisson"`
}

func defaultCapacity() Capacity {
	return Capacity{From: 10, To: 10000, ErrorRate: 0.01, Step: 5 * time.Second, Confirm: 3, Precision: 0.02}
}

// Objective is the highest value allowed of a latency's percentile.
type Objective struct {
	// Metric is its name in the table of metrics, such as ttft_p90.
	Metric string
	Max    time.Duration
}

// Latencies returns the objectives for latencies that are set.
func (c Capacity) Latencies() []Objective {
	return slices.DeleteFunc([]Objective{
		{"p50", c.P50},
		{"p90", c.P90},
		{"p99", c.P99},
		{"ttft_p50", c.TTFTP50},
		{"ttft_p90", c.TTFTP90},
		{"ttft_p99", c.TTFTP99},
		{"tpot_p50", c.TPOTP50},
		{"tpot_p90", c.TPOTP90},
		{"tpot_p99", c.TPOTP99},
	}, func(o Objective) bool { return o.Max == 0 })
}

// shorten reduces the search to what a quick run allows.
func (c *Capacity) shorten() {
	c.Step = min(c.Step, quickStep)
	c.Confirm = min(c.Confirm, quickConfirm)
	c.Precision = max(c.Precision, quickPrecision)
}

// validateCapacity checks that there is a range to search and at least one objective.
func (a *Arm) validateCapacity(report reporter) {
	c := a.Load.Capacity
	if c == nil {
		return
	}
	if c.From >= c.To {
		report("load.capacity.to", "expected more than load.capacity.from (%v), found %v", c.From, c.To)
	}
	if len(c.Latencies()) == 0 && c.ErrorRate == 1 {
		report("load.capacity", "no objective: expected a latency such as p99 above 0, or error_rate below 1")
	}
	for _, o := range c.Latencies() {
		if m, _ := metric.Named(o.Metric); m.Streamed && !a.Target.Stream {
			report("load.capacity."+o.Metric, "only streams have this latency: expected target.stream: true, or no objective")
		}
	}
}

// validateObjectives rejects objectives for times that only streams have.
func (a *Arm) validateObjectives(report reporter) {
	if a.Target.Stream || a.Load.Batch != nil { // of a batch, goodput is then not known
		return
	}
	for path, objective := range map[string]time.Duration{"objectives.ttft": a.Objectives.TTFT, "objectives.tpot": a.Objectives.TPOT} {
		if objective > 0 {
			report(path, "only streams have this latency: expected target.stream: true in every arm, or no objective")
		}
	}
}
