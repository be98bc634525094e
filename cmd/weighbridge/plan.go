package main

import (
	"errors"
	"fmt"
	"os"
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
	folder   *folder
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
		job, scenario, err := newJob(f, ref)
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
		plans[i].folder = &folder{path: outOf(f.out, p.scenario.Name, len(plans) > 1, now)}
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

// newJob finds, reads and checks a scenario.
func newJob(f runFlags, ref string) (hosted.Job, *scenarios.Scenario, error) {
	file, source, err := scenarios.Find(ref)
	if err != nil {
		return hosted.Job{}, nil, err
	}
	job := hosted.Job{File: file, Source: string(source), Changes: f.changes, Quick: f.quick}
	scenario, err := job.Scenario()
	if err != nil {
		return hosted.Job{}, nil, err
	}
	return job, scenario, preflight(file, scenario)
}

// makeFolders makes every folder, or none.
func makeFolders(plans []planned) error {
	for _, p := range plans {
		if err := p.folder.create(); err != nil {
			return errors.Join(err, abandonAll(plans))
		}
	}
	return nil
}

// abandonAll takes away the folders that were made and hold nothing, the last first:
// one may lie in another.
func abandonAll(plans []planned) error {
	var failed error
	for i := len(plans) - 1; i >= 0; i-- {
		failed = errors.Join(failed, plans[i].folder.abandon())
	}
	return failed
}

// preflight finds what only shows when an arm is made: templates, expressions,
// references to secrets, the files of prompts and traces.
func preflight(file string, s *scenarios.Scenario) error {
	read := map[string]bool{}
	for _, arm := range s.Arms() {
		if err := checkDialect(file, arm); err != nil {
			return err
		}
		if err := arm.Target.CheckReferences(); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if p := arm.Prompts.File; p != "" {
			if _, err := os.Stat(p); err != nil {
				return fmt.Errorf("%s: prompts.file: %w", file, err)
			}
		}
		if o := arm.Load.Open; o != nil && o.Trace != "" && !read[o.Trace] {
			if _, err := bench.ReadTrace(o.Trace); err != nil {
				return fmt.Errorf("%s: load.open.trace: %w", file, err)
			}
			read[o.Trace] = true
		}
	}
	return nil
}
