package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports"
)

// The verdicts other than pass end a gate with an exit code each.
var (
	errRegression   = errors.New("regression")
	errInconclusive = errors.New("inconclusive")
	errInvalid      = errors.New("invalid")
)

// judge judges the record by its own rules and claims.
func judge(rec *record.Record) (*reports.Judged, error) { return judgeWith(rec, rec.Rules, nil) }

// gateRecord judges the record as a gate does: by its own rules and those that its axes
// and the baselines imply.
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
	j, err := judgeWith(rec, rules, baselines)
	if err != nil {
		return nil, err
	}
	j.RunVerdict.Warnings = append(j.RunVerdict.Warnings, dropped...)
	for _, read := range append([]figures.Run{{Name: "this run", Record: rec}}, baselines...) {
		j.RunVerdict.Warnings = append(j.RunVerdict.Warnings, unverified(read)...)
	}
	return j, nil
}

// unverified warns of a record that was read without a checksum.
func unverified(read figures.Run) []string {
	if !slices.Contains(read.Record.Warnings, record.Unverified) {
		return nil
	}
	return []string{fmt.Sprintf("%s: %s", read.Name, record.Unverified)}
}

func judgeWith(rec *record.Record, rules []record.Rule, baselines []figures.Run) (*reports.Judged, error) {
	j, err := gate.Check(rec, rules, baselines)
	if err != nil {
		return nil, usageError{err}
	}
	claims, err := gate.Claims(rec)
	if err != nil {
		return nil, usageError{err}
	}
	return &reports.Judged{Record: rec, RunVerdict: j, Claims: claims}, nil
}

// readBaselines reads the records to compare with. One that cannot be read is wrong usage.
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

// gateSetup says how a run is judged.
type gateSetup struct {
	// on says that --gate is given: the verdict decides the exit code.
	on        bool
	baselines []figures.Run
}

// forScenario keeps the baselines of one of several scenarios.
func (g gateSetup) forScenario(scenario string) gateSetup {
	var own []figures.Run
	for _, b := range g.baselines {
		if b.Record.Scenario.Name == scenario {
			own = append(own, b)
		}
	}
	g.baselines = own
	return g
}

// checkBaselinesUsed refuses a baseline whose scenario is not run.
func (g gateSetup) checkBaselinesUsed(run map[string]string) (wrong error) {
	for _, b := range g.baselines {
		if _, ok := run[b.Record.Scenario.Name]; !ok {
			wrong = errors.Join(wrong, fmt.Errorf("--baseline %s is of scenario %s, which is not run", b.Name, b.Record.Scenario.Name))
		}
	}
	return wrong
}

// judge judges the record of a run.
func (g gateSetup) judge(rec *record.Record) (*reports.Judged, error) {
	if g.on || len(g.baselines) > 0 {
		return gateRecord(rec, g.baselines)
	}
	return judge(rec)
}

// checkDecidable refuses, before anything is measured, a gate that could not reach a
// verdict whatever is measured. empty is the record that the run will fill.
func (g gateSetup) checkDecidable(empty *record.Record) error {
	if !g.on && len(g.baselines) == 0 {
		return nil
	}
	if _, err := gateRecord(empty, g.baselines); err != nil {
		return err
	}
	if !g.on {
		return nil
	}
	rules, _ := gate.RulesFor(empty, len(g.baselines))
	lacking, err := gate.Unreachable(empty, rules)
	for _, why := range lacking {
		err = errors.Join(err, errors.New("--gate: "+why))
	}
	return err
}

// nextBlocks is bench.Options.More: a run goes on to its next look while a rule is undecided.
func (g gateSetup) nextBlocks(printf func(format string, args ...any)) func(*record.Record) int {
	return func(soFar *record.Record) int {
		judged, err := g.judge(soFar)
		if err != nil {
			return 0
		}
		next, open := judged.RunVerdict.NextLook(soFar.Plan)
		if next > 0 {
			printf("inconclusive after %d blocks (%s): on to %d", judged.RunVerdict.Blocks, open, next)
		}
		return next
	}
}
