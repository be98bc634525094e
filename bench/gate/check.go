// Package gate judges a record by its rules. Every rule states hypotheses; each look at the blocks
// measured so far tests them, and each test is a finding with a verdict. The worst verdict of its
// findings is the rule's, and the worst of its rules the gate's. The figures come from bench/figures.
// It is pure.
package gate

import (
	"fmt"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Check judges a record by rules, such as those of RulesFor, at each look that its blocks
// reach, until one decides. baselines are earlier runs of the same scenario, for rules that
// name no axis. An error is wrong usage: a rule that cannot be read, or a baseline that the
// record cannot be compared with.
func Check(rec *record.Record, rules []record.Rule, baselines []figures.Run) (RunVerdict, error) {
	parsed, err := parse(rec, rules)
	if err != nil {
		return RunVerdict{}, err
	}
	if err := checkBaselines(rec, baselines); err != nil {
		return RunVerdict{}, err
	}
	if len(rules) == 0 {
		return RunVerdict{Rules: []RuleVerdict{}}, nil
	}
	parsed, left := withinCombinations(rec, parsed)
	g := gate{rules: parsed, baselines: baselines, calculator: figures.NewCalculator(), validity: rec.ValidityThresholds()}
	j := g.judge(rec)
	j.Warnings = slices.Concat(j.Warnings, left, figures.DifferentConditions(rec, baselines), figures.UnlikeAnswers(rec))
	return j, nil
}

// gate holds the rules and baselines that judge a record.
type gate struct {
	rules      []parsedRule
	baselines  []figures.Run
	calculator figures.Calculator
	// validity is the thresholds of the record that is judged.
	validity record.Validity
}

// judge judges the record at one look after another until one decides.
func (g *gate) judge(rec *record.Record) RunVerdict {
	complete, looks := figures.CompleteBlocks(rec), looksOf(rec.Plan)
	j := RunVerdict{}
	for i, l := range looks {
		if l.blocks > complete && i > 0 {
			break
		}
		early := l.blocks > complete
		l.blocks = min(l.blocks, complete)
		j = g.judgeAt(figures.FirstBlocks(rec, l.blocks), l)
		switch {
		case early:
			j.demote(fmt.Sprintf("only %d of %d blocks are complete", complete, looks[0].blocks), Pass, Regression)
		case l.blocks < stat.MinValues:
			j.demote(tooFew(l.blocks), Pass, Regression)
		}
		if j.Verdict != Inconclusive || early {
			break
		}
	}
	if !rec.Complete {
		j.demote("the run was cut short", Pass)
	}
	if len(rec.Invalid) > 0 {
		j.invalidate(rec.Invalid)
	}
	return j
}

// tooFew says that a run has too few blocks for any verdict.
func tooFew(blocks int) string {
	if blocks == 1 {
		return fmt.Sprintf("1 block is too few: at least %d are needed (experiment.blocks)", stat.MinValues)
	}
	return fmt.Sprintf("%d blocks are too few: at least %d are needed (experiment.blocks)", blocks, stat.MinValues)
}

// judgeAt judges at one look; rec holds the blocks of that look alone.
func (g *gate) judgeAt(rec *record.Record, l look) RunVerdict {
	var byRule [][]hypothesis
	var all families
	for _, rule := range g.rules {
		hypotheses := rule.hypotheses(g, rec, l)
		byRule = append(byRule, hypotheses)
		for _, h := range hypotheses {
			all.count(h)
		}
	}
	findEvidence(byRule)
	adjust(byRule, all.pooled, func(h *hypothesis) bool { return h.levels == nil })
	adjust(byRule, all.combinations, func(h *hypothesis) bool { return h.levels != nil })
	j := RunVerdict{Blocks: l.blocks}
	for i, rule := range g.rules {
		judged := RuleVerdict{Name: rule.name}
		for k := range byRule[i] {
			h := &byRule[i][k]
			part, family := all.part(*h, l)
			judged.Findings = append(judged.Findings, h.test(part, family))
		}
		judged.decide()
		j.Rules = append(j.Rules, judged)
	}
	j.Verdict = worst(j.Rules, func(r RuleVerdict) Verdict { return r.Verdict })
	return j
}

// findEvidence finds the evidence of the hypotheses that are tested by blocks. Whether blocks follow
// each other is estimated from all ratios together, and from all error rates together, which is more
// precise than from each alone.
func findEvidence(byRule [][]hypothesis) {
	for _, errors := range []bool{false, true} {
		var of []*hypothesis
		var blocks [][]float64
		for i := range byRule {
			for k := range byRule[i] {
				if h := &byRule[i][k]; h.find != nil && (h.metric.Kind == metric.OfShare) == errors {
					of, blocks = append(of, h), append(blocks, h.blocks)
				}
			}
		}
		shared := stat.SharedBy(blocks)
		for _, h := range of {
			h.evidence = h.find(shared)
		}
	}
}

// adjust adjusts the p values of a family by Holm's method. family is its number of hypotheses.
func adjust(byRule [][]hypothesis, family int, in func(*hypothesis) bool) {
	var p []float64
	var of []*hypothesis
	for i := range byRule {
		for k := range byRule[i] {
			if h := &byRule[i][k]; in(h) && h.assertion == nil && h.evidence.missing == "" {
				p, of = append(p, h.evidence.p), append(of, h)
			}
		}
	}
	for i, adjusted := range stat.Holm(p, family) {
		of[i].adjusted = adjusted
	}
}

// worst is the worst verdict of all, in the order invalid, regression, inconclusive, pass;
// empty for none.
func worst[T any](all []T, of func(T) Verdict) Verdict {
	for _, v := range []Verdict{Invalid, Regression, Inconclusive, Pass} {
		if slices.ContainsFunc(all, func(one T) bool { return of(one) == v }) {
			return v
		}
	}
	return ""
}

// decide gives a rule the worst verdict of its findings and the figures of one finding: of the first with
// that verdict. If the rule passes it is the one that came closest to its limit, and if the first is
// inconclusive by its p, the one of the lowest p.
func (r *RuleVerdict) decide() {
	if len(r.Findings) == 0 {
		r.Verdict, r.Why = Inconclusive, "nothing it names was measured"
		return
	}
	r.Verdict = worst(r.Findings, func(f Finding) Verdict { return f.Verdict })
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Verdict == r.Verdict })
	for k, f := range r.Findings {
		at := r.Findings[i]
		closer := r.Verdict == Pass && f.room < at.room
		likelier := r.Verdict == Inconclusive && f.Verdict == Inconclusive && f.P != nil && at.P != nil && *f.P < *at.P
		if closer || likelier {
			i = k
		}
	}
	f := r.Findings[i]
	r.Metric, r.Measured, r.Low, r.High, r.FailedShare, r.Why = f.Metric, f.Measured, f.Low, f.High, f.FailedShare, f.Why
	if len(r.Findings) > 1 {
		r.Why = f.Subject + ": " + f.Why
	}
}

// demote turns findings that have one of the verdicts into inconclusive ones.
func (j *RunVerdict) demote(why string, from ...Verdict) {
	for i := range j.Rules {
		r := &j.Rules[i]
		for k := range r.Findings {
			if f := &r.Findings[k]; slices.Contains(from, f.Verdict) {
				f.Verdict, f.Why = Inconclusive, why
			}
		}
		if slices.Contains(from, r.Verdict) {
			r.decide()
		}
	}
	j.Verdict = worst(j.Rules, func(r RuleVerdict) Verdict { return r.Verdict })
}

// invalidate makes every verdict invalid. The reasons are the run's, as they are the
// same for every rule.
func (j *RunVerdict) invalidate(reasons []string) {
	j.Verdict, j.Invalid = Invalid, slices.Clone(reasons)
	const why = "the run is invalid"
	for i := range j.Rules {
		r := &j.Rules[i]
		r.Verdict, r.Why = Invalid, why
		for k := range r.Findings {
			r.Findings[k].Verdict, r.Findings[k].Why = Invalid, why
		}
	}
}
