package gate

// Delta is how one metric of an arm differs between two records, or of two levels
// of an axis within one.
type Delta struct {
	// Arm is the arm of both sides, or what stands for a pair of arms.
	Arm string `json:"arm"`
	// Metric is tps, p50, p90, p99 (of response latency) or error_rate.
	Metric string `json:"metric"`
	// Old and New are prompts/s, milliseconds or a share of prompts; nil where not known.
	Old *float64 `json:"old"`
	New *float64 `json:"new"`
	// Ratio is new over old, Low and High bound it with Confidence, and P is the
	// two-sided p of a ratio of 1; nil where not known.
	Ratio *float64 `json:"ratio"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	P     *float64 `json:"p"`
	// Warnings are doubts about this difference.
	Warnings []string `json:"warnings"`
}
