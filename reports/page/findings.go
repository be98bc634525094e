package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
)

// findingRow is a finding with the name of its rule.
type findingRow struct {
	rule string
	gate.Finding
}

// Findings is the table of the findings that did not pass, the worst first, without columns
// in which no figure is known.
func Findings(j gate.Judgement) Table {
	var rows []findingRow
	all := 0
	for _, r := range j.Rules {
		all += len(r.Findings)
		if r.Verdict == gate.Invalid {
			continue
		}
		for _, f := range Failing(r) {
			rows = append(rows, findingRow{r.Name, f})
		}
	}
	slices.SortStableFunc(rows, func(a, b findingRow) int { return cmp.Compare(SeverityOf(b.Verdict), SeverityOf(a.Verdict)) })
	about := NotPassed(len(rows), all) + ". Smallest visible: the smallest effect that this many blocks with this much noise would have shown."
	return table(about, rows, []column[findingRow]{
		words("rule", func(f findingRow) Value { return Text(f.rule) }),
		words("finding", func(f findingRow) Value { return Text(f.Subject) }),
		words("verdict", func(f findingRow) Value { return Verdict(f.Verdict) }),
		numbers("measured (bounds)", func(f findingRow) Value { return measured(f.Finding) }),
		numbers("p", func(f findingRow) Value { return P{f.P} }),
		numbers("α", func(f findingRow) Value { return P{f.Alpha} }),
		numbers("margin", func(f findingRow) Value { return Effect{metricOf(f.Finding), f.Margin} }),
		numbers("smallest visible", func(f findingRow) Value { return Effect{metricOf(f.Finding), f.Visible} }),
		words("why", func(f findingRow) Value { return Text(f.Why) }),
	}).without(func(c Column, values []Value) bool {
		return c.Figures && !slices.ContainsFunc(values, func(v Value) bool { return v.String() != format.Unknown })
	})
}

func measured(f gate.Finding) Measured {
	return Measured{metricOf(f), f.Measured, f.Low, f.High, f.FailedShare}
}

// NotPassed says how many of all findings did not pass.
func NotPassed(n, all int) string {
	return fmt.Sprintf("%d of %s did not pass", n, format.Plural(all, "finding"))
}

// Failing returns the rule's findings that did not pass.
func Failing(r gate.Ruling) []gate.Finding {
	var out []gate.Finding
	for _, f := range r.Findings {
		if f.Verdict != gate.Pass {
			out = append(out, f)
		}
	}
	return out
}

// Notable returns the Failing findings, or none if the rule's row in the table of rules says
// as much, or if the run is invalid.
func Notable(r gate.Ruling) []gate.Finding {
	out := Failing(r)
	if r.Verdict == gate.Invalid || len(r.Findings) == 1 && len(out) == 1 && out[0].P == nil && out[0].Visible == nil {
		return nil
	}
	return out
}

// FindingLine is a sentence about a finding, with its figures.
func FindingLine(f gate.Finding) string {
	m := metricOf(f)
	said := []string{Verdict(f.Verdict).String() + ": " + f.Subject}
	if f.Measured != nil || f.FailedShare != nil {
		said[0] += ": " + measured(f).String()
	}
	if f.P != nil && f.Alpha != nil {
		said = append(said, equation("p", f.P)+" ("+equation("α", f.Alpha)+")")
	}
	if f.Margin != nil {
		said = append(said, "margin "+format.Effect(m, f.Margin))
	}
	if f.Verdict == gate.Inconclusive && f.Visible != nil {
		said = append(said, "smallest visible effect "+format.Effect(m, f.Visible))
	}
	line := strings.Join(said, ", ")
	if f.Why != "" {
		line += " — " + f.Why
	}
	return line
}

// equation is a name with its p-value, as in "p = 0.04".
func equation(name string, p *float64) string {
	value := format.PValue(p)
	if small, ok := strings.CutPrefix(value, "<"); ok {
		return name + " < " + small
	}
	return name + " = " + value
}
