package record

// Rule is a rule of the scenario when the record was made: an assertion or no regression.
type Rule struct {
	Name         string        `json:"name"`
	Assert       string        `json:"assert,omitempty"`
	NoRegression *NoRegression `json:"no_regression,omitempty"`
}

// NoRegression is the rule that a head is no worse than a base: two levels of an axis, or
// without an axis this record and the records given as baselines.
type NoRegression struct {
	Axis string `json:"axis,omitempty"`
	Base string `json:"base,omitempty"`
	Head string `json:"head,omitempty"`
	// By is pooled, combination or both: over all other axes together, in each combination of their
	// levels, or both, which is the default.
	By string `json:"by,omitempty"`
	// Metrics are of tps, p50, p90, p99 and error_rate.
	Metrics []string `json:"metrics"`
	// Margin is the difference that is tolerated, as a share of the base; 0 is the metric's default.
	Margin float64 `json:"margin,omitempty"`
	// ErrorMargin is the tolerated difference of error_rate, a share of prompts; 0 is the default.
	ErrorMargin float64 `json:"error_margin,omitempty"`
}

// Claim is a published figure and the expression that measures it.
type Claim struct {
	ID      string  `json:"id"`
	Says    string  `json:"says,omitempty"`
	Measure string  `json:"measure"`
	Claimed float64 `json:"claimed"`
	// Is is AtLeast, AtMost or About, which is also what older records mean that lack it. Within is
	// how far About reaches, as a share of Claimed; 0 stands for 0.1.
	Is     string  `json:"is,omitempty"`
	Within float64 `json:"within,omitempty"`
	// Along is the levels of an axis at which the claim is tried too; empty for none.
	Along string `json:"along,omitempty"`
	// NotMeasurable says why no run can decide the claim; empty if one can.
	NotMeasurable string `json:"not_measurable,omitempty"`
	// Otherwise says when the verdict would be another; may be empty.
	Otherwise string `json:"otherwise,omitempty"`
	Source    string `json:"source,omitempty"`
}

// What a claim says of the measured figure: that it is about the claimed one, at least or at most.
const (
	About   = "about"
	AtLeast = "at_least"
	AtMost  = "at_most"
)

// Objectives are latencies that an answer must stay within, all of them, to be good; 0 is none.
type Objectives struct {
	TTFTMS     float64 `json:"ttft_ms,omitempty"`
	TPOTMS     float64 `json:"tpot_ms,omitempty"`
	ResponseMS float64 `json:"response_ms,omitempty"`
}
