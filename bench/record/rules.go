package record

// Rule is a rule of the scenario as it was when the record was made: an assertion,
// or no regression.
type Rule struct {
	Name         string        `json:"name"`
	Assert       string        `json:"assert,omitempty"`
	NoRegression *NoRegression `json:"no_regression,omitempty"`
}

// NoRegression is that a head is no worse than a base: two levels of an axis, or
// without an axis this record and those given as baselines.
type NoRegression struct {
	Axis string `json:"axis,omitempty"`
	Base string `json:"base,omitempty"`
	Head string `json:"head,omitempty"`
	// Metrics are of tps, p50, p90, p99 and error_rate.
	Metrics []string `json:"metrics"`
	// Margin is the share of the base that counts for nothing; 0 leaves it to the metric.
	Margin float64 `json:"margin,omitempty"`
	// ErrorMargin is the share of prompts that error_rate may differ by; 0 leaves it to the gate.
	ErrorMargin float64 `json:"error_margin,omitempty"`
}

// Claim is a figure that somebody stated, and the expression that measures it.
type Claim struct {
	ID      string  `json:"id"`
	Says    string  `json:"says,omitempty"`
	Measure string  `json:"measure"`
	Claimed float64 `json:"claimed"`
	Source  string  `json:"source,omitempty"`
}
