package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/hosted"
	"weighbridge/scenarios"
)

// preparedRun is a scenario that was found, read and checked, and where its results go.
type preparedRun struct {
	job      hosted.Job
	scenario *scenarios.Scenario
	folder   *hosted.Folder
	// hits is the file that the run's hits are written to; "" for no file.
	hits string
	gate gateSetup
}

// prepareRuns checks all scenarios before the first is run; without any it takes the
// scenario matrix. All that is wrong is reported at once, as wrong usage, and nothing has
// been started or written then.
func prepareRuns(f runFlags, refs []string, g gateSetup, now time.Time) ([]preparedRun, error) {
	if len(refs) == 0 {
		refs = []string{"matrix"}
	}
	var runs []preparedRun
	var wrong error
	refOf := map[string]string{} // by the scenario's name
	for _, ref := range refs {
		job, scenario, err := hosted.NewJob(ref, f.changes, f.quick)
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		if other, ok := refOf[scenario.Name]; ok {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %s has the name %s too: expected a different name for each scenario", ref, other, scenario.Name))
			continue
		}
		refOf[scenario.Name] = ref
		own := g
		if len(refs) > 1 {
			own = g.forScenario(scenario.Name)
		}
		wrong = errors.Join(wrong, own.checkDecidable(bench.EmptyRecord(scenario, f.changes)))
		runs = append(runs, preparedRun{job: job, scenario: scenario, gate: own})
	}
	wrong = errors.Join(wrong, g.checkBaselinesUsed(refOf))
	if wrong != nil {
		return nil, usageError{wrong}
	}
	for i, p := range runs {
		runs[i].folder = &hosted.Folder{Path: outPath(f.out, p.scenario.Name, len(runs) > 1, now)}
		runs[i].hits = hitsPath(f.hits, p.scenario.Name, len(runs) > 1)
	}
	return runs, nil
}

// outPath is the folder for a scenario's results: out itself or, with several scenarios, a
// folder of the scenario's name in it.
func outPath(out, name string, several bool, now time.Time) string {
	stamp := now.UTC().Format("20060102T150405Z")
	switch {
	case out == "" && several:
		return filepath.Join("results", stamp, name)
	case out == "":
		return filepath.Join("results", name+"-"+stamp)
	case several:
		return filepath.Join(out, name)
	}
	return out
}

// createFolders creates every folder, or none.
func createFolders(runs []preparedRun) error {
	for _, p := range runs {
		if err := p.folder.Create(); err != nil {
			return errors.Join(fmt.Errorf("--out: %w", err), removeEmptyFolders(runs))
		}
	}
	return nil
}

// removeEmptyFolders removes the folders that were created and are still empty. It begins
// with the last, as one may lie in another.
func removeEmptyFolders(runs []preparedRun) error {
	var failed error
	for i := len(runs) - 1; i >= 0; i-- {
		failed = errors.Join(failed, runs[i].folder.RemoveIfEmpty())
	}
	return failed
}
