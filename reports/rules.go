package reports

import (
	"fmt"
	"strconv"

	"weighbridge/bench/gate"
)

// verdictWord is the verdict, or that there is none.
func verdictWord(v gate.Verdict) string {
	if v == "" {
		return unknown
	}
	return string(v)
}

// verdictLine says the verdict and which rule decided; with its reason too if asked for.
func verdictLine(j gate.Judgement, reason bool) string {
	switch j.Verdict {
	case "":
		return "No rule judged this run"
	case gate.Pass:
		return "Pass: " + rest(j)
	case gate.Invalid:
		return "Invalid: these figures do not count, and no rule judges by them"
	}
	name := map[gate.Verdict]string{gate.Regression: "Regression", gate.Inconclusive: "Inconclusive"}[j.Verdict]
	deciding := ofVerdict(j.Rules, j.Verdict)
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
	holds := plural(len(j.Rules), "rule") + " hold"
	if len(j.Rules) == 1 {
		holds += "s"
	}
	if j.Blocks == 0 {
		return holds
	}
	return holds + ", on " + plural(j.Blocks, "block")
}

func ofVerdict(rulings []gate.Ruling, v gate.Verdict) []gate.Ruling {
	var out []gate.Ruling
	for _, r := range rulings {
		if r.Verdict == v {
			out = append(out, r)
		}
	}
	return out
}

// decisive is the kind of figure that a ruling measured: that of the finding that decided.
func decisive(r gate.Ruling) quantity {
	for _, f := range r.Findings {
		if f.Verdict == r.Verdict && r.Verdict != gate.Invalid {
			return quantityOf(f.Metric)
		}
	}
	// Where nothing counts, its findings may have kept what they were found to be.
	for _, f := range r.Findings {
		if f.Measured != nil && r.Measured != nil && *f.Measured == *r.Measured {
			return quantityOf(f.Metric)
		}
	}
	return plainly
}

// ruleGrid has a row for each rule.
func ruleGrid(j gate.Judgement) grid {
	g := grid{
		About:   "Rules: the verdict is the gravest of theirs" + judgedOn(j) + ". Measured is the figure that decided, its bounds in brackets.",
		Columns: []column{{Name: "rule"}, {Name: "verdict"}, {"measured (bounds)", true}, {Name: "what decided"}},
		Prose:   true,
	}
	for _, r := range j.Rules {
		g.Rows = append(g.Rows, []string{r.Name, verdictWord(r.Verdict), decisive(r).measured(r.Measured, r.Low, r.High), r.Why})
	}
	return g
}

func judgedOn(j gate.Judgement) string {
	if j.Blocks == 0 {
		return ""
	}
	return ", judged on " + plural(j.Blocks, "block")
}

// claimGrid has a row for each claim.
func claimGrid(results []gate.ClaimResult) grid {
	g := grid{
		About: fmt.Sprintf("Claims: one holds where the figure claimed lies within the bounds of what was measured (%g%%).", gate.Confidence*100),
		Columns: []column{
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
			oneLine(c.ID), oneLine(c.Says), strconv.FormatFloat(c.Claimed, 'g', -1, 64),
			plainly.measured(c.Measured, c.Low, c.High), verdictWord(c.Verdict),
		})
	}
	return g
}
