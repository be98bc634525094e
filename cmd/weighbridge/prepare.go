package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
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
		scenario := p.scenario
		if other, ok := refOf[scenario.Name]; ok {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %s is also named %s: expected a different name for each scenario", ref, other, scenario.Name))
			continue
		}
		refOf[scenario.Name] = ref
		own := g
		if len(refs) > 1 {
			own = g.forScenario(scenario.Name)
		}
		if !f.dryRun && !f.noBudget {
			wrong = errors.Join(wrong, checkBudget(ref, scenario))
		}
		if f.unasked {
			wrong = errors.Join(wrong, checkConfirmed(ref, scenario))
		}
		wrong = errors.Join(wrong, own.checkDecidable(bench.EmptyRecord(scenario, f.changes)))
		p.gate = own
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

// checkNoRecords refuses an --out that would overwrite the record of another run; "" is a
// new folder.
func checkNoRecords(out string, runs []preparedRun) (wrong error) {
	for _, p := range runs {
		folder := folderIn(out, p.scenario.Name, len(runs) > 1)
		if _, err := os.Lstat(filepath.Join(folder, record.FileName)); err == nil && out != "" {
			wrong = errors.Join(wrong, fmt.Errorf("--out: %s holds the record of another run: expected a folder without one, or --force", folder))
		}
	}
	return wrong
}

// folderIn is the folder for a scenario's results: out itself or, with several scenarios, a
// folder of the scenario's name in it.
func folderIn(out, name string, several bool) string {
	if several {
		return filepath.Join(out, name)
	}
	return out
}

// createFolders creates the folder of every run, or none, and returns those it created. If
// out is "" they are in a new folder of this run alone.
func createFolders(runs []preparedRun, out string, now time.Time) (made []*hosted.Folder, err error) {
	create := func(f *hosted.Folder) error {
		made = append(made, f)
		if err := f.Create(); err != nil {
			return errors.Join(fmt.Errorf("--out: %w", err), removeEmptyFolders(made))
		}
		return nil
	}
	several := len(runs) > 1
	if out == "" {
		name := now.UTC().Format("20060102T150405Z")
		if !several {
			name = runs[0].scenario.Name + "-" + name
		}
		all := &hosted.Folder{Path: filepath.Join("results", name), New: true}
		if err := create(all); err != nil {
			return nil, err
		}
		out = all.Path
	}
	for i, p := range runs {
		runs[i].folder = &hosted.Folder{Path: folderIn(out, p.scenario.Name, several)}
		if err := create(runs[i].folder); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// removeEmptyFolders removes the folders that were created and are still empty. It begins
// with the last, as one may lie in another.
func removeEmptyFolders(made []*hosted.Folder) error {
	var failed error
	for _, f := range slices.Backward(made) {
		failed = errors.Join(failed, f.RemoveIfEmpty())
	}
	return failed
}
