package gate

import (
	"encoding/json"
	"maps"

	"weighbridge/bench/figures"
)

// Verdict is how a figure, a rule or a gate was judged; empty if nothing has judged it.
type Verdict string

// The verdicts. Regression wins over pass, and invalid over both.
const (
	// Pass says that the bound on the worse side is within what the rule allows.
	Pass Verdict = "pass"
	// Regression says that the figure is significantly worse, by more than half the margin.
	Regression Verdict = "regression"
	// Inconclusive says that what was measured shows neither.
	Inconclusive Verdict = "inconclusive"
	// Invalid says that the run is not valid, so that no figure counts.
	Invalid Verdict = "invalid"
)

// MarshalJSON writes null for an empty verdict.
func (v Verdict) MarshalJSON() ([]byte, error) {
	if v == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(v))
}

// RunVerdict is the verdict of all rules on a run, with the verdict of each.
type RunVerdict struct {
	// Verdict is the worst of all rules'; empty if there are none.
	Verdict Verdict
	// Blocks is the number of blocks at the look that decided.
	Blocks int
	// Rules are in the order of the scenario; those that RulesFor added come last.
	Rules []RuleVerdict
	// Invalid says why nothing counts; empty unless Verdict is Invalid.
	Invalid []string
	// Warnings are about the run as a whole, such as a baseline from another machine.
	Warnings []string
}

// RuleVerdict is a rule with its verdict.
type RuleVerdict struct {
	Name    string
	Verdict Verdict
	// Metric, Measured, Low, High and FailedShare are copied from the finding that decided.
	Metric              string
	Measured, Low, High *float64
	FailedShare         *float64
	// Why says in one line what decided, with its figures.
	Why string
	// Findings are all that was judged. Of a pass the one that came closest to its limit decided, of
	// inconclusive ones that of the lowest p, else the first that has the rule's verdict.
	Findings []Finding
}

// Finding is one figure that a rule judged, with its verdict: a metric of a comparison, or an
// assertion, for one arm if it names a metric without saying of which arm.
type Finding struct {
	// Subject says what was judged in words, such as "p90, protocol h2 vs h1" or
	// "error_rate < 0.01, batching=single".
	Subject string
	// Metric is the name of one of metric.Judged; empty for an assertion.
	Metric string
	// Axis, Base and Head name the levels compared within a run; empty otherwise.
	Axis, Base, Head string
	// Levels are the other axes' levels; nil if they are pooled.
	Levels  map[string]string
	Verdict Verdict
	// Measured is the ratio of head over base, the difference in share of prompts for
	// error_rate, or the measured side of an assertion; Low and High are its bounds. They are
	// nil if they are not known or infinite.
	Measured, Low, High *float64
	// FailedShare is the share of the prompts due that failed, 0…1, if failed prompts,
	// whose latency counts as infinite, make Measured or High infinite and so nil; else nil.
	FailedShare *float64
	// P is the one-sided p value of "head is worse", adjusted by Holm's method for all figures of
	// the gate that pool the other axes, or for all of single combinations. A regression has a P
	// of at most Alpha. Both are nil for an assertion.
	P, Alpha *float64
	// Margin is the change that is tolerated: a share of the base, of prompts for error_rate.
	// Nil for an assertion.
	Margin *float64
	// Visible is the smallest effect that would have been called a regression with a chance of
	// 95%, in the units of Margin; nil if that is not known.
	Visible *float64
	// Why says in one line what decided.
	Why string
	// Warnings say what weakens this figure.
	Warnings []string
	// room is how far the bound on the worse side is from the limit, as a share of the limit; +∞
	// if that is not known.
	room float64
}

// Comparison is a comparison of levels with its verdict, which is empty if no rule judged it.
type Comparison struct {
	figures.Comparison
	Verdict Verdict `json:"verdict"`
}

// Mark gives each comparison the worst verdict of the findings that are of the same levels.
func (j RunVerdict) Mark(comparisons []figures.Comparison) []Comparison {
	out := make([]Comparison, len(comparisons))
	for i, c := range comparisons {
		out[i].Comparison = c
		var verdicts []Verdict
		for _, r := range j.Rules {
			for _, f := range r.Findings {
				if f.Metric == c.Metric && f.Axis == c.Axis && f.Base == c.Base && f.Head == c.Head && maps.Equal(f.Levels, c.Levels) {
					verdicts = append(verdicts, f.Verdict)
				}
			}
		}
		out[i].Verdict = worst(verdicts, func(v Verdict) Verdict { return v })
	}
	return out
}
