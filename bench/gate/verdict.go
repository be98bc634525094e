package gate

import (
	"encoding/json"

	"weighbridge/bench/figures"
)

// Verdict is what a rule made of a figure; empty while nothing has judged it.
type Verdict string

// The verdicts. Regression wins over pass, and invalid over both.
const (
	// Pass says that the bound on the worse side lies inside what the rule allows.
	Pass Verdict = "pass"
	// Regression says that the figure is worse, past doubt and past half the margin.
	Regression Verdict = "regression"
	// Inconclusive says neither: what was measured does not tell.
	Inconclusive Verdict = "inconclusive"
	// Invalid says that the generator was the limit, so that no figure counts.
	Invalid Verdict = "invalid"
)

// MarshalJSON writes null for an empty verdict: unknown is never a word.
func (v Verdict) MarshalJSON() ([]byte, error) {
	if v == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(v))
}

// Judgement is what the rules of a record make of it.
type Judgement struct {
	// Verdict is of all rules together; empty where there are none.
	Verdict Verdict
	// Blocks is how many the verdict rests on: those of the look that decided.
	Blocks int
	// Rules are in the order of the scenario; those that --axis and --baseline imply come last.
	Rules []Ruling
	// Invalid says why nothing counts; empty unless Verdict is Invalid.
	Invalid []string
	// Warnings are doubts about the whole, such as a baseline of another machine.
	Warnings []string
}

// Ruling is a rule and what became of it.
type Ruling struct {
	Name    string
	Verdict Verdict
	// Measured is that of the finding that decided, with its bounds; nil where it is not known.
	Measured, Low, High *float64
	// Why says in one line what decided, with its figures.
	Why string
	// Findings are all that was judged, at least one; the first that has the ruling's verdict decided.
	Findings []Finding
}

// Finding is one figure that a rule judged: a metric of a comparison, or an
// assertion in one arm.
type Finding struct {
	// Subject says what was judged in words, such as "p90, protocol h2 vs h1" or
	// "error_rate < 0.01, batching=single".
	Subject string
	// Metric is tps, p50, p90, p99 or error_rate; empty for an assertion.
	Metric string
	// Axis, Base and Head are what was compared within a run; else empty.
	Axis, Base, Head string
	Verdict          Verdict
	// Measured is the ratio of head over base, the difference in share of prompts for
	// error_rate, or the left side of an assertion; Low and High are its bounds.
	Measured, Low, High *float64
	// P is the one-sided p that it is worse, adjusted for all comparisons of the gate
	// (Holm); Alpha is what it must not exceed. Nil for an assertion.
	P, Alpha *float64
	// Margin is what counts for nothing: a share of the base, of prompts for
	// error_rate. Nil for an assertion.
	Margin *float64
	// Visible is the smallest effect that could have been seen, in the units of
	// Margin; nil where nothing can be said.
	Visible *float64
	// Why says in one line what decided.
	Why string
	// Warnings are doubts about this figure.
	Warnings []string
}

// Comparison is a comparison with its verdict, which is empty where no rule judged it.
type Comparison struct {
	figures.Comparison
	Verdict Verdict `json:"verdict"`
}

// Mark gives each comparison that a rule judged, of levels with the other axes pooled,
// the gravest verdict that rules gave it.
func (j Judgement) Mark(comparisons []figures.Comparison) []Comparison {
	out := make([]Comparison, len(comparisons))
	for i, c := range comparisons {
		out[i].Comparison = c
		if len(c.Levels) > 0 {
			continue
		}
		var verdicts []Verdict
		for _, r := range j.Rules {
			for _, f := range r.Findings {
				if f.Metric == c.Metric && f.Axis == c.Axis && f.Base == c.Base && f.Head == c.Head {
					verdicts = append(verdicts, f.Verdict)
				}
			}
		}
		out[i].Verdict = worst(verdicts, func(v Verdict) Verdict { return v })
	}
	return out
}

// ClaimResult is a claim of the scenario beside what was measured.
type ClaimResult struct {
	ID      string  `json:"id"`
	Says    string  `json:"-"`
	Measure string  `json:"measure"`
	Claimed float64 `json:"claimed"`
	// Measured has the bounds Low and High, of figures.Confidence; nil where not known.
	Measured *float64 `json:"measured"`
	Low      *float64 `json:"low"`
	High     *float64 `json:"high"`
	// Verdict is holds (the claimed figure lies within the bounds), or where what was
	// measured lies beside it: higher or lower; empty where there are no bounds.
	Verdict Verdict `json:"verdict"`
}
