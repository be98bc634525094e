package record

// Capacity is a search for the highest open rate at which every objective held.
type Capacity struct {
	// Complete is false when the search was cut short; its bracket is what was known by then.
	Complete bool `json:"complete"`
	// Confirmed says that the bracket held a second look: its lower end in every
	// confirming probe, its upper end in none.
	Confirmed bool `json:"confirmed"`
	// HeldPerS is the capacity: the highest rate that held, in prompts/s; 0 where From itself did not.
	HeldPerS float64 `json:"held_prompts_per_s"`
	// FailedPerS is the lowest rate above it that did not hold; 0 where To itself held.
	FailedPerS float64 `json:"failed_prompts_per_s"`
	// FromPerS and ToPerS are the range searched, in prompts/s.
	FromPerS float64 `json:"from_prompts_per_s"`
	ToPerS   float64 `json:"to_prompts_per_s"`
	// ErrorRate and P99MS are the objectives; 1 and 0 are none.
	ErrorRate float64 `json:"error_rate"`
	P99MS     float64 `json:"p99_ms"`
	StepMS    float64 `json:"step_ms"`
	Precision float64 `json:"precision"`
	Confirm   int     `json:"confirm"`
	Arrivals  string  `json:"arrivals"`
	// Probes are in the order made.
	Probes []Probe `json:"probes"`
}

// Probe is one rate, offered for a step. Prompts are counted by the moment they
// were due: Due = Answered + Failed + NeverSent.
type Probe struct {
	// StartMS is when it began, after the run started.
	StartMS float64 `json:"start_ms"`
	// RatePerS is prompts/s asked for; a random schedule has a few more or less due.
	RatePerS  float64 `json:"prompts_per_s"`
	Due       uint64  `json:"due"`
	Answered  uint64  `json:"answered"`
	Failed    uint64  `json:"failed"`
	NeverSent uint64  `json:"never_sent"`
	// ErrorRate is failed over due, 0…1; nil where nothing was due, as below.
	ErrorRate *float64 `json:"error_rate"`
	// P50MS and P99MS are of the response latency of all prompts due, where a
	// failure is infinite; nil where they are.
	P50MS *float64 `json:"p50_ms"`
	P99MS *float64 `json:"p99_ms"`
	// HandedOver is the share of the prompts due that was sent, 0…1.
	HandedOver *float64 `json:"handed_over"`
	// Backlog is how many more prompts waited at the end than halfway, as a share of those due between.
	Backlog *float64 `json:"backlog"`
	// Held says that every objective held; WhyNot which did not, with its figure.
	Held   bool   `json:"held"`
	WhyNot string `json:"why_not,omitempty"`
	// Late says that it did not hold because the generator was late, which says nothing about the target.
	Late bool `json:"late,omitempty"`
}
