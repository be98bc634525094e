package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
)

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
