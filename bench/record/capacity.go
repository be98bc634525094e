package record

import "fmt"

// Capacity is a search for the highest open rate at which every objective held.
type Capacity struct {
	// Complete is false if the search was cut short. The bracket is then the one reached so far.
	Complete bool `json:"complete"`
	// Confirmed says that confirming probes repeated the result: the objectives held at the
	// lower end of the bracket every time, and at the upper end never.
	Confirmed bool `json:"confirmed"`
	// HeldPerS is the capacity: the highest rate at which the objectives held, in prompts/s;
	// 0 if they did not hold at FromPerS.
	HeldPerS float64 `json:"held_prompts_per_s"`
	// FailedPerS is the lowest rate above it at which they did not; 0 if they held at ToPerS.
	FailedPerS float64 `json:"failed_prompts_per_s"`
	// FromPerS and ToPerS are the ends of the range searched, in prompts/s.
	FromPerS float64 `json:"from_prompts_per_s"`
	ToPerS   float64 `json:"to_prompts_per_s"`
	// ErrorRate and P99MS are the objectives, as upper limits. An ErrorRate of 1 or a P99MS of 0 is
	// no objective.
	ErrorRate float64 `json:"error_rate"`
	P99MS     float64 `json:"p99_ms"`
	// Latencies are the objectives for percentiles of latencies other than P99MS.
	Latencies []Objective `json:"latencies,omitempty"`
	// StepMS is how long the last probes lasted. AskedStepMS is what the scenario asked for, if
	// answers took so long that probes had to be longer; else 0.
	StepMS      float64 `json:"step_ms"`
	AskedStepMS float64 `json:"asked_step_ms,omitempty"`
	// TooShort says why no probe could judge a rate; empty if they could. There are no probes then.
	TooShort  string  `json:"too_short,omitempty"`
	Precision float64 `json:"precision"`
	Confirm   int     `json:"confirm"`
	Arrivals  string  `json:"arrivals"`
	// Probes are in the order in which they were made.
	Probes []Probe `json:"probes"`
}

// Objective is the highest value allowed of a percentile, by the name of its metric.
type Objective struct {
	Metric string  `json:"metric"`
	MaxMS  float64 `json:"max_ms"`
}

// Probe is one rate, offered for one step of the search. Prompts are counted by when they
// were due: Due = Answered + Failed + NeverSent.
type Probe struct {
	// StartMS is when the probe began, in ms after the start of the run.
	StartMS float64 `json:"start_ms"`
	// RatePerS is the rate asked for, in prompts/s; random arrivals differ from it slightly.
	RatePerS  float64 `json:"prompts_per_s"`
	Due       uint64  `json:"due"`
	Answered  uint64  `json:"answered"`
	Failed    uint64  `json:"failed"`
	NeverSent uint64  `json:"never_sent"`
	// CutOff and Generator are how many of the Failed prompts the harness ended itself, as in
	// a Slice. They are in no figure below but HandedOver and Backlog.
	CutOff    uint64 `json:"cut_off,omitempty"`
	Generator uint64 `json:"generator,omitempty"`
	// ErrorRate is failed over due, 0…1. It and the figures below are nil if nothing was
	// due, and it also if the harness ended every prompt.
	ErrorRate *float64 `json:"error_rate"`
	// P50MS and P99MS are percentiles of the response latency of all prompts due, in which a
	// failure counts as infinite; nil if the percentile is infinite.
	P50MS *float64 `json:"p50_ms"`
	P99MS *float64 `json:"p99_ms"`
	// Latencies are the percentiles of the search's Latencies, by the name of their metric; nil if
	// one is infinite or no answer tells it.
	Latencies map[string]*float64 `json:"latencies_ms,omitempty"`
	// HandedOver is the share of the prompts due that were sent, 0…1.
	HandedOver *float64 `json:"handed_over"`
	// Backlog is how much the number of waiting prompts grew from halfway to the end, as a share
	// of the prompts due in the second half.
	Backlog *float64 `json:"backlog"`
	// LatencyGrowth is by how much the response latency grew in the second half, as a share of the
	// time that passed; nil if too few prompts were due to tell.
	LatencyGrowth *float64 `json:"latency_growth,omitempty"`
	// Held says that every objective held; WhyNot names the one that did not, with its figure.
	Held   bool   `json:"held"`
	WhyNot string `json:"why_not,omitempty"`
	// Late says that Held is false because the generator was late, or ended too many prompts
	// itself, which says nothing about the target.
	Late bool `json:"late,omitempty"`
	// Short says that Held is false because the probe was too short for answers that took as long as
	// they did in it. The rate was tried again for longer.
	Short bool `json:"short,omitempty"`
}

// check finds probes of a rate that cannot be offered, or whose counts do not add up.
func (c *Capacity) check() error {
	if c == nil {
		return nil
	}
	for i, p := range c.Probes {
		if p.RatePerS <= 0 {
			return fmt.Errorf("probe %d: %v prompts/s cannot be offered", i, p.RatePerS)
		}
		if err := checkPrompts(p.Due, p.Answered, p.Failed, p.NeverSent, p.CutOff, p.Generator); err != nil {
			return fmt.Errorf("probe %d: %w", i, err)
		}
	}
	return nil
}
