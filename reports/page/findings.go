package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/table"
)

// findingRow is a finding with the name of its rule.
type findingRow struct {
	rule string
	gate.Finding
}

// Findings is the table of the findings that did not pass, the worst first, without columns
// in which no figure is known. Of single combinations it has the worst.
func Findings(j gate.RunVerdict) table.Table {
	var rows []findingRow
	all, failing := 0, 0
	for _, r := range j.Rules {
		all += len(r.Findings)
		if r.Verdict == gate.Invalid {
			continue
		}
		failing += len(Failing(r))
		for _, f := range withWorstCombinations(Failing(r)) {
			rows = append(rows, findingRow{r.Name, f})
		}
	}
	slices.SortStableFunc(rows, func(a, b findingRow) int {
		return cmp.Compare(table.SeverityOf(b.Verdict), table.SeverityOf(a.Verdict))
	})
	about := NotPassed(failing, all) + ". Smallest visible: the smallest effect that this many blocks with this much noise would have shown."
	return table.New(about, rows, []table.ColumnOf[findingRow]{
		table.Words("rule", func(f findingRow) table.Value { return table.Text(f.rule) }),
		table.Words("finding", func(f findingRow) table.Value { return table.Text(f.Subject) }),
		table.Words("verdict", func(f findingRow) table.Value { return table.Verdict(f.Verdict) }),
		table.Numbers("measured (bounds)", func(f findingRow) table.Value { return measured(f.Finding) }),
		table.Numbers("p", func(f findingRow) table.Value { return table.PValue{V: f.P} }),
		table.Numbers("α", func(f findingRow) table.Value { return table.PValue{V: f.Alpha} }),
		table.Numbers("margin", func(f findingRow) table.Value { return table.Effect{Of: metricOf(f.Finding), V: f.Margin} }),
		table.Numbers("smallest visible", func(f findingRow) table.Value { return table.Effect{Of: metricOf(f.Finding), V: f.Visible} }),
		table.Words("why", func(f findingRow) table.Value { return table.Text(f.Why) }),
	}).Without(func(c table.Column, values []table.Value) bool {
		return c.Figures && !slices.ContainsFunc(values, func(v table.Value) bool { return v.String() != format.Unknown })
	})
}

func measured(f gate.Finding) table.Measured {
	return table.Measured{Of: metricOf(f), V: f.Measured, Low: f.Low, High: f.High, Failed: f.FailedShare}
}

// NotPassed says how many of all findings did not pass.
func NotPassed(n, all int) string {
	return fmt.Sprintf("%d of %s did not pass", n, format.Plural(all, "finding"))
}

// Failing returns the rule's findings that did not pass.
func Failing(r gate.RuleVerdict) []gate.Finding {
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
func Notable(r gate.RuleVerdict) []gate.Finding {
	out := withWorstCombinations(Failing(r))
	if r.Verdict == gate.Invalid || len(r.Findings) == 1 && len(out) == 1 && out[0].P == nil && out[0].Visible == nil {
		return nil
	}
	return out
}

// withWorstCombinations keeps one finding of all single combinations that have the same metric and
// verdict: that with the smallest p. Its subject says how many others there are.
func withWorstCombinations(findings []gate.Finding) []gate.Finding {
	type kind struct {
		metric  string
		verdict gate.Verdict
	}
	worst, more := map[kind]int{}, map[kind]int{}
	var out []gate.Finding
	for _, f := range findings {
		k := kind{f.Metric, f.Verdict}
		i, seen := worst[k]
		switch {
		case f.Levels == nil:
			out = append(out, f)
		case !seen:
			worst[k] = len(out)
			out = append(out, f)
		default:
			more[k]++
			if f.P != nil && (out[i].P == nil || *f.P < *out[i].P) {
				out[i] = f
			}
		}
	}
	for k, n := range more {
		out[worst[k]].Subject += fmt.Sprintf(" (and %s)", format.Plural(n, "more combination"))
	}
	return out
}

// FindingLine is a sentence about a finding, with its figures.
func FindingLine(f gate.Finding) string {
	m := metricOf(f)
	said := []string{table.Verdict(f.Verdict).String() + ": " + f.Subject}
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
