package main

import (
	"errors"
	"fmt"
	"io"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports"
)

// These are the verdicts that end a gate with a code of their own.
var (
	errRegression   = errors.New("regression")
	errInconclusive = errors.New("inconclusive")
	errInvalid      = errors.New("invalid")
)

// judge is the record with what its own rules and claims make of it.
func judge(rec *record.Record) (*reports.Judged, error) { return judgeBy(rec, rec.Rules, nil) }

// gateRecord is the record with what a gate makes of it: its own rules, those that
// axes and baselines imply, and the baselines.
func gateRecord(rec *record.Record, baselines []figures.Run) (*reports.Judged, error) {
	rules, dropped := gate.RulesFor(rec, len(baselines))
	if len(rules) == 0 {
		return nil, usagef("%s has no rules to gate on: expected rules in the scenario, an --axis or a --baseline", rec.Scenario.Name)
	}
	for _, r := range rules {
		if n := r.NoRegression; n != nil && n.Axis == "" && len(baselines) == 0 {
			return nil, usagef("rule %q compares with earlier records: expected at least one --baseline", r.Name)
		}
	}
	j, err := judgeBy(rec, rules, baselines)
	if err != nil {
		return nil, err
	}
	j.Judgement.Warnings = append(j.Judgement.Warnings, dropped...)
	return j, nil
}

func judgeBy(rec *record.Record, rules []record.Rule, baselines []figures.Run) (*reports.Judged, error) {
	j, err := gate.Check(rec, rules, baselines)
	if err != nil {
		return nil, usageError{err}
	}
	claims, err := gate.Claims(rec)
	if err != nil {
		return nil, usageError{err}
	}
	return &reports.Judged{Record: rec, Judgement: j, Claims: claims}, nil
}

// readBaselines reads records to compare with; one that cannot be read is wrong usage.
func readBaselines(paths []string, stdin io.Reader) ([]figures.Run, error) {
	var baselines []figures.Run
	for _, path := range paths {
		rec, err := record.Read(path, stdin)
		if err != nil {
			return nil, usagef("--baseline %s: %w", path, err)
		}
		baselines = append(baselines, figures.Run{Name: path, Record: rec})
	}
	return baselines, nil
}

// gating is what a run is judged by beside its own rules.
type gating struct {
	// on says that a gate was asked for, whose verdict is the exit code.
	on        bool
	baselines []figures.Run
}

// of is the gating of one scenario among several: with the baselines that are its own.
func (g gating) of(scenario string) gating {
	var own []figures.Run
	for _, b := range g.baselines {
		if b.Record.Scenario.Name == scenario {
			own = append(own, b)
		}
	}
	g.baselines = own
	return g
}

// stray refuses a baseline of a scenario that is not run.
func (g gating) stray(run map[string]string) (wrong error) {
	for _, b := range g.baselines {
		if _, ok := run[b.Record.Scenario.Name]; !ok {
			wrong = errors.Join(wrong, fmt.Errorf("--baseline %s is of scenario %s, which is not run", b.Name, b.Record.Scenario.Name))
		}
	}
	return wrong
}

// judge is the record with what its rules, and the gate's, make of it.
func (g gating) judge(rec *record.Record) (*reports.Judged, error) {
	if g.on || len(g.baselines) > 0 {
		return gateRecord(rec, g.baselines)
	}
	return judge(rec)
}

// check refuses, before anything is measured, a gate that could not tell whatever came.
func (g gating) check(outline *record.Record) error {
	if !g.on && len(g.baselines) == 0 {
		return nil
	}
	if _, err := gateRecord(outline, g.baselines); err != nil {
		return err
	}
	if !g.on {
		return nil
	}
	rules, _ := gate.RulesFor(outline, len(g.baselines))
	lacking, err := gate.Unreachable(outline, rules)
	for _, why := range lacking {
		err = errors.Join(err, errors.New("--gate: "+why))
	}
	return err
}

// more is bench.Options.More: a run goes on to its next look while a rule is open.
func (g gating) more(say func(format string, args ...any)) func(*record.Record) int {
	return func(soFar *record.Record) int {
		judged, err := g.judge(soFar)
		if err != nil {
			return 0
		}
		next, open := judged.Judgement.Onward(soFar.Plan)
		if next > 0 {
			say("inconclusive after %d blocks (%s): on to %d", judged.Judgement.Blocks, open, next)
		}
		return next
	}
}
