package summary

import (
	"fmt"
	"slices"
	"sync"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
)

// Judged is a record with the judgement of its rules and claims, which is empty if there
// are none.
type Judged struct {
	Record     *record.Record
	RunVerdict gate.RunVerdict
	Claims     []gate.ClaimResult
	// AllowInconclusive says that an inconclusive verdict lets a build go on, as the flag does.
	AllowInconclusive bool
	// Apart says that the arms were not measured side by side, so that they are not compared with each
	// other: two records as one.
	Apart bool

	once    sync.Once
	summary Summary
}

// Summary computes the summary on the first call and returns the same one from then on: its
// comparisons take most of the time of a report.
func (j *Judged) Summary() Summary {
	j.once.Do(func() { j.summary = summarize(j) })
	return j.summary
}

// Finite sets the figures that are NaN or infinite to nil: no format has a word for them.
func Finite(all ...**float64) {
	for _, v := range all {
		if *v != nil {
			*v = figures.Known(**v)
		}
	}
}

// Rules returns the rules' verdicts without their findings.
func Rules(rules []gate.RuleVerdict) []Rule {
	out := []Rule{}
	for _, r := range rules {
		out = append(out, Rule{Name: r.Name, Verdict: r.Verdict, Measured: r.Measured, Low: r.Low, High: r.High, Why: r.Why})
	}
	return out
}

func claims(results []gate.ClaimResult) []gate.ClaimResult {
	out := append([]gate.ClaimResult{}, results...)
	for i := range out {
		Finite(&out[i].Measured, &out[i].Low, &out[i].High)
		if out[i].Along == nil {
			continue
		}
		along := *out[i].Along
		along.Points = slices.Clone(along.Points)
		for k := range along.Points {
			Finite(&along.Points[k].Measured, &along.Points[k].Low, &along.Points[k].High)
		}
		out[i].Along = &along
	}
	return out
}

// Outcome returns the judgement with its figures finite. If the record is invalid so is the
// outcome, whatever the rules say: a run that does not count must not look like one that does.
func (j *Judged) Outcome() gate.RunVerdict {
	out := j.RunVerdict
	if len(j.Record.Invalid) > 0 {
		out.Verdict = gate.Invalid
		if len(out.Invalid) == 0 {
			out.Invalid = j.Record.Invalid
		}
	}
	out.Rules = slices.Clone(out.Rules)
	for i := range out.Rules {
		r := &out.Rules[i]
		Finite(&r.Measured, &r.Low, &r.High)
		r.Findings = slices.Clone(r.Findings)
		for k := range r.Findings {
			f := &r.Findings[k]
			Finite(&f.Measured, &f.Low, &f.High, &f.P, &f.Alpha, &f.Margin, &f.Visible)
		}
	}
	return out
}

// VerdictWarnings returns the warnings of the judgement and of its findings, each once and
// with what it is about, except those in said.
func VerdictWarnings(j gate.RunVerdict, said []string) []string {
	var out []string
	for _, w := range j.Warnings {
		if !slices.Contains(said, w) {
			out = append(out, w)
		}
	}
	var findings []gate.Finding
	for _, r := range j.Rules {
		findings = append(findings, r.Findings...)
	}
	return append(out, findingWarnings(findings, slices.Concat(said, out))...)
}

// findingWarnings returns the findings' warnings, except those in said, in the order met.
func findingWarnings(findings []gate.Finding, said []string) []string {
	var order []string
	about := map[string][]string{}
	for _, f := range findings {
		for _, w := range f.Warnings {
			if slices.Contains(said, w) {
				continue
			}
			if about[w] == nil {
				order = append(order, w)
			}
			about[w] = append(about[w], f.Subject)
		}
	}
	for i, w := range order {
		switch subjects := about[w]; {
		case len(subjects) == 1:
			order[i] = fmt.Sprintf("%s (%s)", w, subjects[0])
		case len(subjects) < len(findings):
			order[i] = fmt.Sprintf("%s (%d of %d findings)", w, len(subjects), len(findings))
		}
	}
	return order
}

// ByMetric holds the comparisons of one head with its base by the name of the metric, with the other
// axes pooled.
type ByMetric map[string]gate.Comparison

// Pooled returns a ByMetric for each axis and head, of the comparisons with the other axes pooled.
func Pooled(comparisons []gate.Comparison) []ByMetric {
	var rows []ByMetric
	for _, c := range comparisons {
		if len(c.Levels) > 0 {
			continue
		}
		last := len(rows) - 1
		if last < 0 || rows[last][c.Metric].Axis != "" {
			rows = append(rows, ByMetric{})
			last++
		}
		rows[last][c.Metric] = c
	}
	return rows
}
