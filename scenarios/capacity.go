package scenarios

import "time"

// Capacity is a search for the highest open rate at which every objective
// holds, arm by arm, after the blocks.
type Capacity struct {
	// From is the rate the search begins at, in prompts/s, 0.001…1000000; default 10.
	From float64 `yaml:"from" check:"min=0.001,max=1000000"`
	// To is the rate it does not go over, in prompts/s, 0.001…1000000; default 10000.
	To float64 `yaml:"to" check:"min=0.001,max=1000000"`
	// ErrorRate is the objective that at most this share of the prompts due fails, 0…1; default 0.01, and 1 is none.
	ErrorRate float64 `yaml:"error_rate" check:"min=0,max=1"`
	// P99 is the objective that response p99, a failure counting as infinite, is at most this, at least 0; default 0, none.
	P99 time.Duration `yaml:"p99" check:"min=0"`
	// Step is how long a probe of one rate lasts, its drain not counted, at least 1ms; default 5s.
	Step time.Duration `yaml:"step" check:"min=1ms"`
	// Confirm is how many more probes the answer must hold in, every one of them, 1…100; default 3.
	Confirm int `yaml:"confirm" check:"min=1,max=100"`
	// Precision is how near the lowest rate that failed may lie above the answer, as a share of it, 0.001…1; default 0.02.
	Precision float64 `yaml:"precision" check:"min=0.001,max=1"`
	// Arrivals is constant or poisson; default load.open.arrivals, or poisson without open load.
	Arrivals string `yaml:"arrivals" check:"enum=constant|poisson"`
}

func defaultCapacity() Capacity {
	return Capacity{From: 10, To: 10000, ErrorRate: 0.01, Step: 5 * time.Second, Confirm: 3, Precision: 0.02}
}

// hasten bounds the search for the short run.
func (c *Capacity) hasten() {
	c.Step = min(c.Step, quickStep)
	c.Confirm = min(c.Confirm, quickConfirm)
	c.Precision = max(c.Precision, quickPrecision)
}

// validateCapacity checks that there is a range to search and something to hold.
func (a *Arm) validateCapacity(report reporter) {
	c := a.Load.Capacity
	if c == nil {
		return
	}
	if c.From >= c.To {
		report("load.capacity.to", "expected more than load.capacity.from (%v), found %v", c.From, c.To)
	}
	if c.P99 == 0 && c.ErrorRate == 1 {
		report("load.capacity", "no objective: expected p99 above 0 or error_rate below 1")
	}
}
