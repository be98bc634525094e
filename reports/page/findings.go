package page

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
)

// FindingGrid has a row for each finding that is not pass, the gravest first.
func FindingGrid(j gate.Judgement) Grid {
	g := Grid{Columns: []Column{
		{Name: "rule"},
		{Name: "finding"},
		{Name: "verdict"},
		{"measured (bounds)", true},
		{"p", true},
		{"alpha", true},
		{"margin", true},
		{"could have seen", true},
		{Name: "why"},
	}}
	all := 0
	for _, r := range j.Rules {
		all += len(r.Findings)
		if r.Verdict == gate.Invalid {
			continue
		}
		for _, f := range Failing(r) {
			q := QuantityOf(f.Metric)
			g.Rows = append(g.Rows, []string{
				r.Name, f.Subject, VerdictWord(f.Verdict), q.Measured(f.Measured, f.Low, f.High),
				format.P(f.P), format.P(f.Alpha), q.Effect(f.Margin), q.Effect(f.Visible), f.Why,
			})
		}
	}
	const verdict = 2
	slices.SortStableFunc(g.Rows, func(a, b []string) int { return Gravity(b[verdict]) - Gravity(a[verdict]) })
	g.About = fmt.Sprintf("%s. Could have seen: the smallest effect that so many blocks and so much noise let show.", NotPass(len(g.Rows), all))
	return withoutUnknown(g)
}

// withoutUnknown leaves out the columns of figures of which none is known.
func withoutUnknown(g Grid) Grid {
	for i := len(g.Columns) - 1; i >= 0; i-- {
		if !g.Columns[i].Right || slices.ContainsFunc(g.Rows, func(row []string) bool { return row[i] != format.Unknown }) {
			continue
		}
		g.Columns = slices.Delete(g.Columns, i, i+1)
		for k := range g.Rows {
			g.Rows[k] = slices.Delete(g.Rows[k], i, i+1)
		}
	}
	return g
}

// Gravity orders verdicts of findings, the gravest highest.
func Gravity(verdict string) int {
	switch gate.Verdict(verdict) {
	case gate.Regression:
		return 2
	case gate.Inconclusive:
		return 1
	}
	return 0
}

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
	q := QuantityOf(f.Metric)
	said := []string{VerdictWord(f.Verdict) + ": " + f.Subject}
	if f.Measured != nil {
		said[0] += ": " + q.Measured(f.Measured, f.Low, f.High)
	}
	if f.P != nil && f.Alpha != nil {
		said = append(said, fmt.Sprintf("p %s against %s", format.P(f.P), format.P(f.Alpha)))
	}
	if f.Margin != nil {
		said = append(said, "margin "+q.Effect(f.Margin))
	}
	if f.Verdict == gate.Inconclusive && f.Visible != nil {
		said = append(said, "could have seen "+q.Effect(f.Visible))
	}
	line := strings.Join(said, ", ")
	if f.Why != "" {
		line += " — " + f.Why
	}
	return line
}
