package summary

import (
	"fmt"
	"math"
	"slices"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
)

// Rules are the rulings in short, without their findings.
func Rules(rulings []gate.Ruling) []Rule {
	out := []Rule{}
	for _, r := range rulings {
		out = append(out, Rule{Name: r.Name, Verdict: r.Verdict, Measured: Finite(r.Measured), Low: Finite(r.Low), High: Finite(r.High), Why: r.Why})
	}
	return out
}

// claims are those given, as JSON can hold them.
func claims(results []gate.ClaimResult) []gate.ClaimResult {
	out := []gate.ClaimResult{}
	for _, c := range results {
		c.Measured, c.Low, c.High = Finite(c.Measured), Finite(c.Low), Finite(c.High)
		out = append(out, c)
	}
	return out
}

// Finite is nil for what is no number: JSON has no word for it.
func Finite(v *float64) *float64 {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	return v
}

// Verdict is the judgement, invalid where the record is, whatever judged it: a run
// that does not count is not to look like one that does.
func (j *Judged) Verdict() gate.Judgement {
	out := j.Judgement
	if len(j.Record.Invalid) > 0 {
		out.Verdict = gate.Invalid
		if len(out.Invalid) == 0 {
			out.Invalid = j.Record.Invalid
		}
	}
	return out
}

// Tidy is the verdict with each of its texts on one line and without control
// characters: names of rules come from files, and go to terminals and into XML.
func (j *Judged) Tidy() gate.Judgement {
	out := j.Verdict()
	out.Invalid, out.Warnings, out.Rules = format.OneLines(out.Invalid), format.OneLines(out.Warnings), nil
	for _, r := range j.Judgement.Rules {
		r.Name, r.Why = format.OneLine(r.Name), format.OneLine(r.Why)
		findings := slices.Clone(r.Findings)
		for i, f := range findings {
			f.Subject, f.Why, f.Warnings = format.OneLine(f.Subject), format.OneLine(f.Why), format.OneLines(f.Warnings)
			findings[i] = f
		}
		r.Findings = findings
		out.Rules = append(out.Rules, r)
	}
	return out
}

// JudgementWarnings are the judgement's own, then those of its findings, unless
// they are said already: each once, and what it is about.
func JudgementWarnings(j gate.Judgement, said []string) []string {
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

// findingWarnings are the findings' warnings that are not said already, in the order met.
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
