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

// planned is a scenario that was found, read and checked, and where it goes.
type planned struct {
	job      hosted.Job
	scenario *scenarios.Scenario
	folder   *hosted.Folder
	// hits is the file its hits are streamed to; "" is none.
	hits   string
	gating gating
}

// plan checks all that is to be run; no reference is the scenario matrix. What is
// wrong is wrong usage, all of it at once: nothing was started or written.
func plan(f runFlags, refs []string, g gating, now time.Time) ([]planned, error) {
	if len(refs) == 0 {
		refs = []string{"matrix"}
	}
	var plans []planned
	var wrong error
	taken := map[string]string{}
	for _, ref := range refs {
		job, scenario, err := hosted.NewJob(ref, f.changes, f.quick)
		if err != nil {
			wrong = errors.Join(wrong, err)
			continue
		}
		if other, ok := taken[scenario.Name]; ok {
			wrong = errors.Join(wrong, fmt.Errorf("%s: %s is named %s too: several scenarios need names of their own", ref, other, scenario.Name))
			continue
		}
		taken[scenario.Name] = ref
		own := g
		if len(refs) > 1 {
			own = g.of(scenario.Name)
		}
		wrong = errors.Join(wrong, own.check(bench.EmptyRecord(scenario, f.changes)))
		plans = append(plans, planned{job: job, scenario: scenario, gating: own})
	}
	wrong = errors.Join(wrong, g.stray(taken))
	if wrong != nil {
		return nil, usageError{wrong}
	}
	for i, p := range plans {
		plans[i].folder = &hosted.Folder{Path: outOf(f.out, p.scenario.Name, len(plans) > 1, now)}
		plans[i].hits = hitsOf(f.hits, p.scenario.Name, len(plans) > 1)
	}
	return plans, nil
}

// outOf is where a scenario goes: out if it is alone, else a folder of its name in it.
func outOf(out, name string, several bool, now time.Time) string {
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
func createFolders(plans []planned) error {
	for _, p := range plans {
		if err := p.folder.Create(); err != nil {
			return errors.Join(fmt.Errorf("--out: %w", err), removeEmptyFolders(plans))
		}
	}
	return nil
}

// removeEmptyFolders removes the folders that were created and are empty, the last one
// first, as one may lie in another.
func removeEmptyFolders(plans []planned) error {
	var failed error
	for i := len(plans) - 1; i >= 0; i-- {
		failed = errors.Join(failed, plans[i].folder.RemoveIfEmpty())
	}
	return failed
}
