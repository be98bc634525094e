package page

import (
	"fmt"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/scenarios/metric"
)

// VerdictLine says the verdict and which rule decided; with its reason too if asked for.
func VerdictLine(j gate.Judgement, reason bool) string {
	switch j.Verdict {
	case "":
		return "No rule judged this run"
	case gate.Pass:
		return "Pass: " + passedRules(j)
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

// passedRules says how many rules hold, and on how many blocks.
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

// decidedBy is the metric of what a ruling measured, that of the finding that decided; the
// zero Metric for an expression.
func decidedBy(r gate.Ruling) metric.Metric {
	for _, f := range r.Findings {
		if f.Verdict == r.Verdict && r.Verdict != gate.Invalid {
			return metricOf(f)
		}
	}
	// Where nothing counts, its findings may have kept what they were found to be.
	for _, f := range r.Findings {
		if f.Measured != nil && r.Measured != nil && *f.Measured == *r.Measured {
			return metricOf(f)
		}
	}
	return metric.Metric{}
}

// metricOf is a finding's metric; the zero Metric for an assertion.
func metricOf(f gate.Finding) metric.Metric {
	m, _ := metric.Named(f.Metric)
	return m
}

// rules has a row for each rule.
func rules(from Source) Section {
	t := Rules(from.Judgement)
	t.About = "Rules: the run's verdict is the worst of theirs" + JudgedOn(from.Judgement) + ". Measured is the figure that decided, its bounds in brackets. " +
		"In an expression a percentile counts a failed prompt as infinite; ratios between arms are over answered prompts."
	return Section{Table: t}
}

// Rules has a row for each rule, and no line about them.
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

// JudgedOn says on how many blocks, if that is known.
func JudgedOn(j gate.Judgement) string {
	if j.Blocks == 0 {
		return ""
	}
	return ", judged on " + format.Plural(j.Blocks, "block")
}

// claims has a row for each claim.
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
