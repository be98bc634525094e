package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
)

// findingRow is a finding and the rule that it is of.
type findingRow struct {
	rule string
	gate.Finding
}

// Findings has a row for each finding that is not pass, the gravest first, without the
// columns of which nothing is known.
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
	about := NotPass(len(rows), all) + ". Could have seen: the smallest effect that this many blocks with this much noise would have shown."
	return table(about, rows, []column[findingRow]{
		words("rule", func(f findingRow) Value { return Text(f.rule) }),
		words("finding", func(f findingRow) Value { return Text(f.Subject) }),
		words("verdict", func(f findingRow) Value { return Verdict(f.Verdict) }),
		numbers("measured (bounds)", func(f findingRow) Value { return measured(f.Finding) }),
		numbers("p", func(f findingRow) Value { return P{f.P} }),
		numbers("α", func(f findingRow) Value { return P{f.Alpha} }),
		numbers("margin", func(f findingRow) Value { return Effect{metricOf(f.Finding), f.Margin} }),
		numbers("could have seen", func(f findingRow) Value { return Effect{metricOf(f.Finding), f.Visible} }),
		words("why", func(f findingRow) Value { return Text(f.Why) }),
	}).without(func(c Column, values []Value) bool {
		return c.Figures && !slices.ContainsFunc(values, func(v Value) bool { return v.String() != format.Unknown })
	})
}

func measured(f gate.Finding) Measured { return Measured{metricOf(f), f.Measured, f.Low, f.High, f.FailedShare} }

// NotPass says how many of all findings are not pass.
func NotPass(n, all int) string {
	verb := "are"
	if n == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%d of %s %s not pass", n, format.Plural(all, "finding"), verb)
}

// Failing are the rule's findings that are not pass.
func Failing(r gate.Ruling) []gate.Finding {
	var out []gate.Finding
	for _, f := range r.Findings {
		if f.Verdict != gate.Pass {
			out = append(out, f)
		}
	}
	return out
}

// Notable are the Failing findings, unless the row of the rule has said all there
// is to say of them, or nothing counts.
func Notable(r gate.Ruling) []gate.Finding {
	out := Failing(r)
	if r.Verdict == gate.Invalid || len(r.Findings) == 1 && len(out) == 1 && out[0].P == nil && out[0].Visible == nil {
		return nil
	}
	return out
}

// FindingLine is a finding with its figures.
func FindingLine(f gate.Finding) string {
	m := metricOf(f)
	said := []string{Verdict(f.Verdict).String() + ": " + f.Subject}
	if f.Measured != nil || f.FailedShare != nil {
		said[0] += ": " + measured(f).String()
	}
	if f.P != nil && f.Alpha != nil {
		said = append(said, fmt.Sprintf("p = %s (α = %s)", format.P(f.P), format.P(f.Alpha)))
	}
	if f.Margin != nil {
		said = append(said, "margin "+format.Effect(m, f.Margin))
	}
	if f.Verdict == gate.Inconclusive && f.Visible != nil {
		said = append(said, "could have seen "+format.Effect(m, f.Visible))
	}
	line := strings.Join(said, ", ")
	if f.Why != "" {
		line += " — " + f.Why
	}
	return line
}
