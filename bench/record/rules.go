package record

import "math"

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

// Alert is an alert on the success rate of open load: it fires while under the share Under of the prompts that were due in
// the window succeeded.
type Alert struct {
	Under    float64 `json:"under"`
	WindowMS float64 `json:"window_ms"`
}

// Steps yields each step of a series, from its first to its last point and those without a point too, with whether the alert
// fires at its end. Prompts that the harness ended itself do not count, and in a window without a prompt nothing fires. It
// yields nothing if the window is not made of whole steps.
func (a Alert) Steps(s *Series) func(yield func(atMS float64, fires bool) bool) {
	return func(yield func(float64, bool) bool) {
		if s == nil || len(s.Points) == 0 || s.StepMS <= 0 || a.WindowMS < s.StepMS || math.Mod(a.WindowMS, s.StepMS) != 0 {
			return
		}
		var answered, ended uint64 // in the window
		add, drop := 0, 0
		for at, last := s.Points[0].AtMS, s.Points[len(s.Points)-1].AtMS; at <= last; at += s.StepMS {
			if p := s.Points[add]; p.AtMS == at {
				answered, ended, add = answered+p.Answered, ended+p.Answered+p.Failed-p.Own, add+1
			}
			if p := s.Points[drop]; p.AtMS <= at-a.WindowMS {
				answered, ended, drop = answered-p.Answered, ended-p.Answered-p.Failed+p.Own, drop+1
			}
			// 995 of 1,000 are not under 99.5%, and floating point may say so.
			const exact = 1e-8
			if !yield(at, ended > 0 && float64(answered)/float64(ended) < a.Under-exact) {
				return
			}
		}
	}
}
