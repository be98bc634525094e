package main

import (
	"errors"
	"fmt"
	"os"

	"weighbridge/bench"
	"weighbridge/bench/hosted"
	"weighbridge/scenarios"
	"weighbridge/target/outbound"
)

// preparedRun is a scenario that was found, read and checked, and where its results go.
type preparedRun struct {
	job      hosted.Job
	scenario *scenarios.Scenario
	folder   *hosted.Folder
	// hits is the file that the run's hits are written to; "" for no file.
	hits string
	gate gateSetup
	// allowed is the hosts of --allow-host.
	allowed outbound.Allowed
	// live shows the run while it is on; nil for not at all.
	live *liveServer
	// lacks says, for a dry run, why the run itself would be refused.
	lacks []string
}

// mocks returns the mocks of the run, in a child process of this program.
func (p preparedRun) mocks(to *console) (*hosted.Mocks, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	started := func(arm, url string) { to.verbosef("mock %s: %s", arm, url) }
	return &hosted.Mocks{Job: p.job, Command: []string{self, mockHostVerb}, Started: started}, nil
}

// prepareRuns checks all scenarios before the first is run; without any it takes the
// scenario matrix. It reports everything that is wrong at once, as wrong usage, before it
// starts or writes anything.
func prepareRuns(f runFlags, refs []string, like *likeRun, g gateSetup) ([]preparedRun, error) {
	allowed, err := outbound.ParseAllowed(f.allowHosts)
	if err != nil {
		return nil, usageError{err}
	}
	switch {
	case like != nil:
		refs = []string{like.path}
	case len(refs) == 0:
		refs = []string{"matrix"}
	}
	var runs []preparedRun
	var wrong error
	refOf := map[string]string{} // by the scenario's name
	for _, ref := range refs {
		p, err := prepareRun(ref, f, like, allowed)
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		name := p.scenario.Name
		if other, ok := refOf[name]; ok {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %s is also named %s: expected a different name for each scenario", ref, other, name))
			continue
		}
		refOf[name] = ref
		p.gate = g
		if len(refs) > 1 {
			p.gate = g.forScenario(name)
		}
		wrong = errors.Join(wrong, p.check(ref, f))
		runs = append(runs, p)
	}
	wrong = errors.Join(wrong, g.checkBaselinesUsed(refOf))
	if !f.force {
		wrong = errors.Join(wrong, checkNoRecords(f.out, runs))
	}
	if wrong != nil {
		return nil, usageError{wrong}
	}
	for i, p := range runs {
		runs[i].hits = hitsPath(f.hits, p.scenario.Name, len(runs) > 1)
	}
	return runs, nil
}

// check returns what a run lacks: a budget, a confirmation, or blocks enough to decide its rules. ref is its
// scenario on the command line.
func (p preparedRun) check(ref string, f runFlags) (wrong error) {
	if !f.dryRun && !f.noBudget {
		wrong = errors.Join(wrong, checkBudget(ref, p.scenario))
	}
	if f.unasked {
		wrong = errors.Join(wrong, checkConfirmed(ref, p.scenario))
	}
	return errors.Join(wrong, p.gate.checkDecidable(bench.EmptyRecord(p.scenario, f.changes)))
}

// prepareRun reads and checks a scenario, or with --like the scenario of the repeated record, whose
// file names are relative to the working directory.
func prepareRun(ref string, f runFlags, like *likeRun, allowed outbound.Allowed) (p preparedRun, err error) {
	job := hosted.Job{Changes: f.changes, Quick: f.quick}
	if like != nil {
		job.File, job.Source = like.rec.Scenario.Name+".yaml", like.rec.Scenario.Source
	} else {
		file, source, err := scenarios.Find(ref)
		if err != nil {
			return p, err
		}
		job.File, job.Source = file, string(source)
	}
	p.allowed = allowed
	if f.dryRun {
		scenario, err := job.Scenario()
		if err != nil {
			return p, err
		}
		p.allowed, p.lacks = allowedInDryRun(scenario, allowed)
	}
	p.job, p.scenario, err = hosted.NewJobOf(job.File, job.Source, job.Changes, job.Quick, p.allowed)
	return p, err
}

// checkBudget refuses a run against a server elsewhere that no budget limits.
func checkBudget(ref string, s *scenarios.Scenario) error {
	server, off := s.OffLoopback()
	if !off || s.Budget.Any() {
		return nil
	}
	return fmt.Errorf("%s: %s is not on loopback: expected a budget, as --budget requests=1000 or in the scenario (also prompts, input_tokens, output_tokens, usd)", ref, server)
}
