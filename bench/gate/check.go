package gate

import (
	"fmt"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// Check judges a record by rules, such as those of RulesFor, at each look that its
// blocks reach until one decides. baselines are earlier runs of the same scenario, for
// rules that name no axis. An error is wrong usage: a rule that cannot be read, or a
// baseline that is none.
func Check(rec *record.Record, rules []record.Rule, baselines []figures.Run) (Judgement, error) {
	compiled, err := compile(rec, rules)
	if err != nil {
		return Judgement{}, err
	}
	if err := checkBaselines(rec, baselines); err != nil {
		return Judgement{}, err
	}
	if len(rules) == 0 {
		return Judgement{Rules: []Ruling{}}, nil
	}
	g := gate{rules: compiled, baselines: baselines, reckoner: figures.NewReckoner()}
	j := g.judge(rec)
	j.Warnings = append(j.Warnings, figures.DifferentConditions(rec, baselines)...)
	return j, nil
}

// gate is what a record is judged by.
type gate struct {
	rules     []compiledRule
	baselines []figures.Run
	reckoner  figures.Reckoner
}

// judge goes from look to look until one decides.
func (g *gate) judge(rec *record.Record) Judgement {
	whole, looks := figures.CompleteBlocks(rec), looksOf(rec.Plan)
	j := Judgement{}
	for i, l := range looks {
		if l.blocks > whole && i > 0 {
			break
		}
		early := l.blocks > whole
		l.blocks = min(l.blocks, whole)
		j = g.at(figures.FirstBlocks(rec, l.blocks), l)
		switch {
		case early:
			j.demote(fmt.Sprintf("%d of %d blocks are complete", whole, looks[0].blocks), Pass, Regression)
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

// tooFew says why so many blocks decide nothing.
func tooFew(blocks int) string {
	if blocks == 1 {
		return fmt.Sprintf("1 block tells nothing: at least %d are needed (experiment.blocks)", stat.MinValues)
	}
	return fmt.Sprintf("%d blocks tell nothing: at least %d are needed (experiment.blocks)", blocks, stat.MinValues)
}

// at judges at one look; rec holds its blocks alone.
func (g *gate) at(rec *record.Record, l look) Judgement {
	var groups [][]candidate
	family := 0
	for _, rule := range g.rules {
		candidates := rule.candidates(g, rec, l)
		groups = append(groups, candidates)
		family += len(candidates)
	}
	adjust(groups, family)
	j := Judgement{Blocks: l.blocks}
	for i, rule := range g.rules {
		ruling := Ruling{Name: rule.name}
		for k := range groups[i] {
			ruling.Findings = append(ruling.Findings, groups[i][k].settle(l, family))
		}
		ruling.decide()
		j.Rules = append(j.Rules, ruling)
	}
	j.Verdict = worst(j.Rules, func(r Ruling) Verdict { return r.Verdict })
	return j
}

// adjust gives every candidate that has a p the one adjusted for the whole family.
func adjust(groups [][]candidate, family int) {
	var p []float64
	var of []*candidate
	for i := range groups {
		for k := range groups[i] {
			if c := &groups[i][k]; c.assertion == nil && c.evidence.missing == "" {
				p, of = append(p, c.evidence.p), append(of, c)
			}
		}
	}
	for i, adjusted := range stat.Holm(p, family) {
		of[i].adjusted = adjusted
	}
}

// worst is the gravest verdict of all, in the order invalid, regression,
// inconclusive, pass; empty for none.
func worst[T any](all []T, of func(T) Verdict) Verdict {
	for _, v := range []Verdict{Invalid, Regression, Inconclusive, Pass} {
		if slices.ContainsFunc(all, func(one T) bool { return of(one) == v }) {
			return v
		}
	}
	return ""
}

// decide takes the verdict of the findings.
func (r *Ruling) decide() {
	if len(r.Findings) == 0 {
		r.Verdict, r.Why = Inconclusive, "nothing that it speaks of was measured"
		return
	}
	r.Verdict = worst(r.Findings, func(f Finding) Verdict { return f.Verdict })
	i := slices.IndexFunc(r.Findings, func(f Finding) bool { return f.Verdict == r.Verdict })
	f := r.Findings[i]
	r.Measured, r.Low, r.High, r.Why = f.Measured, f.Low, f.High, f.Why
	if len(r.Findings) > 1 {
		r.Why = f.Subject + ": " + f.Why
	}
}

// demote makes inconclusive what has one of the verdicts.
func (j *Judgement) demote(why string, from ...Verdict) {
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
	j.Verdict = worst(j.Rules, func(r Ruling) Verdict { return r.Verdict })
}

// invalidate takes every verdict back. The reasons are the judgement's: they are the same for every rule.
func (j *Judgement) invalidate(reasons []string) {
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
