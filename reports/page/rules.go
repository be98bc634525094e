package page

import (
	"fmt"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/scenarios/metric"
)

// VerdictLine says the verdict and which rule decided, and, if reason, why.
func VerdictLine(j gate.Judgement, reason bool) string {
	switch j.Verdict {
	case "":
		return "No rule judged this run"
	case gate.Pass:
		return "Pass: " + passedRules(j)
	case gate.Invalid:
		return "Invalid: these figures do not count, and no rule was judged"
	}
	name := map[gate.Verdict]string{gate.Regression: "Regression", gate.Inconclusive: "Inconclusive"}[j.Verdict]
	deciding := RulingsWith(j.Rules, j.Verdict)
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

// passedRules says how many rules hold, judged on how many blocks.
func passedRules(j gate.Judgement) string {
	holds := format.Plural(len(j.Rules), "rule") + " hold"
	if len(j.Rules) == 1 {
		holds += "s"
	}
	if j.Blocks == 0 {
		return holds
	}
	return holds + ", on " + format.Plural(j.Blocks, "block")
}

// RulingsWith returns the rulings that have the verdict.
func RulingsWith(rulings []gate.Ruling, v gate.Verdict) []gate.Ruling {
	var out []gate.Ruling
	for _, r := range rulings {
		if r.Verdict == v {
			out = append(out, r)
		}
	}
	return out
}

// decidedBy returns the metric of the finding that decided a ruling; the zero Metric if that
// is an assertion.
func decidedBy(r gate.Ruling) metric.Metric {
	for _, f := range r.Findings {
		if f.Verdict == r.Verdict && r.Verdict != gate.Invalid {
			return metricOf(f)
		}
	}
	// In an invalid run no finding decides, but one of them has the figure.
	for _, f := range r.Findings {
		if f.Measured != nil && r.Measured != nil && *f.Measured == *r.Measured {
			return metricOf(f)
		}
	}
	return metric.Metric{}
}

// metricOf returns a finding's metric; the zero Metric for an assertion.
func metricOf(f gate.Finding) metric.Metric {
	m, _ := metric.Named(f.Metric)
	return m
}

// rules is the section of Rules.
func rules(from Source) Section {
	t := Rules(from.Judgement)
	t.About = "Rules: the run's verdict is the worst of theirs" + JudgedOn(from.Judgement) + ". Measured is the figure that decided, with its bounds in brackets. " +
		"In a rule's expression a percentile counts failed prompts as infinite; no_regression compares answered prompts."
	return Section{Table: t}
}

// Rules is the table of all rules.
func Rules(j gate.Judgement) Table {
	t := table("", j.Rules, []column[gate.Ruling]{
		words("rule", func(r gate.Ruling) Value { return Text(r.Name) }),
		words("verdict", func(r gate.Ruling) Value { return Verdict(r.Verdict) }),
		numbers("measured (bounds)", func(r gate.Ruling) Value { return Measured{decidedBy(r), r.Measured, r.Low, r.High, r.FailedShare} }),
		words("what decided", func(r gate.Ruling) Value { return Text(r.Why) }),
	})
	t.Sentences = true
	return t
}

// JudgedOn says on how many blocks the rules were judged, if that is known.
func JudgedOn(j gate.Judgement) string {
	if j.Blocks == 0 {
		return ""
	}
	return ", judged on " + format.Plural(j.Blocks, "block")
}

// claims is the table of all claims.
func claims(from Source) Section {
	t := table(fmt.Sprintf("Claims: a claim holds where its figure lies within the %g%% interval of what was measured.", figures.Confidence*100),
		from.Claims, []column[gate.ClaimResult]{
			words("claim", func(c gate.ClaimResult) Value { return Text(c.ID) }),
			words("says", func(c gate.ClaimResult) Value { return Text(c.Says) }),
			numbers("claimed", func(c gate.ClaimResult) Value { return Claimed(c.Claimed) }),
			numbers("measured (bounds)", func(c gate.ClaimResult) Value { return Measured{V: c.Measured, Low: c.Low, High: c.High} }),
			words("verdict", func(c gate.ClaimResult) Value { return Verdict(c.Verdict) }),
		})
	t.Sentences = true
	return Section{Table: t}
}
