package page

import (
	"fmt"
	"strconv"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/format"
)

// VerdictWord is the verdict, or that there is none.
func VerdictWord(v gate.Verdict) string {
	if v == "" {
		return format.Unknown
	}
	return string(v)
}

// VerdictLine says the verdict and which rule decided; with its reason too if asked for.
func VerdictLine(j gate.Judgement, reason bool) string {
	switch j.Verdict {
	case "":
		return "No rule judged this run"
	case gate.Pass:
		return "Pass: " + rest(j)
	case gate.Invalid:
		return "Invalid: these figures do not count, and no rule judges by them"
	}
	name := map[gate.Verdict]string{gate.Regression: "Regression", gate.Inconclusive: "Inconclusive"}[j.Verdict]
	deciding := OfVerdict(j.Rules, j.Verdict)
	if len(deciding) == 0 {
		return name
	}
	if len(deciding) > 1 {
		name += fmt.Sprintf(" in %d of %d rules", len(deciding), len(j.Rules))
	}
	if !reason || deciding[0].Why == "" {
		return name + ": " + deciding[0].Name
	}
	return name + ": " + deciding[0].Name + " — " + deciding[0].Why
}

// rest is what a pass rests on.
func rest(j gate.Judgement) string {
	holds := format.Plural(len(j.Rules), "rule") + " hold"
	if len(j.Rules) == 1 {
		holds += "s"
	}
	if j.Blocks == 0 {
		return holds
	}
	return holds + ", on " + format.Plural(j.Blocks, "block")
}

// OfVerdict are the rulings that have the verdict.
func OfVerdict(rulings []gate.Ruling, v gate.Verdict) []gate.Ruling {
	var out []gate.Ruling
	for _, r := range rulings {
		if r.Verdict == v {
			out = append(out, r)
		}
	}
	return out
}

// decisive is the kind of figure that a ruling measured: that of the finding that decided.
func decisive(r gate.Ruling) format.Quantity {
	for _, f := range r.Findings {
		if f.Verdict == r.Verdict && r.Verdict != gate.Invalid {
			return QuantityOf(f.Metric)
		}
	}
	// Where nothing counts, its findings may have kept what they were found to be.
	for _, f := range r.Findings {
		if f.Measured != nil && r.Measured != nil && *f.Measured == *r.Measured {
			return QuantityOf(f.Metric)
		}
	}
	return format.Plain
}

// RuleGrid has a row for each rule.
func RuleGrid(j gate.Judgement) Grid {
	g := Grid{
		About:   "Rules: the verdict is the gravest of theirs" + JudgedOn(j) + ". Measured is the figure that decided, its bounds in brackets.",
		Columns: []Column{{Name: "rule"}, {Name: "verdict"}, {"measured (bounds)", true}, {Name: "what decided"}},
		Prose:   true,
	}
	for _, r := range j.Rules {
		g.Rows = append(g.Rows, []string{r.Name, VerdictWord(r.Verdict), decisive(r).Measured(r.Measured, r.Low, r.High), r.Why})
	}
	return g
}

// JudgedOn says on how many blocks, if that is known.
func JudgedOn(j gate.Judgement) string {
	if j.Blocks == 0 {
		return ""
	}
	return ", judged on " + format.Plural(j.Blocks, "block")
}

// claimGrid has a row for each claim.
func claimGrid(results []gate.ClaimResult) Grid {
	g := Grid{
		About: fmt.Sprintf("Claims: one holds where the figure claimed lies within the bounds of what was measured (%g%%).", figures.Confidence*100),
		Columns: []Column{
			{Name: "claim"},
			{Name: "says"},
			{"claimed", true},
			{"measured (bounds)", true},
			{Name: "verdict"},
		},
		Prose: true,
	}
	for _, c := range results {
		g.Rows = append(g.Rows, []string{
			format.OneLine(c.ID), format.OneLine(c.Says), strconv.FormatFloat(c.Claimed, 'g', -1, 64),
			format.Plain.Measured(c.Measured, c.Low, c.High), VerdictWord(c.Verdict),
		})
	}
	return g
}

// QuantityOf is that of a finding's metric.
func QuantityOf(metric string) format.Quantity {
	switch metric {
	case "":
		return format.Plain
	case "error_rate":
		return format.ShareDifference
	}
	return format.RatioOfTwo
}
