package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"weighbridge/bench/record"
)

// exitUnmatched is no code of the contract: a test that meets it fails.
const exitUnmatched = 99

// joined is the code that weighbridge ends with in tests: that of the program,
// unless it was run and a record that it wrote does not match the mock's ledger.
func joined(code int) int {
	if !slices.Contains(os.Args, "run") {
		return code
	}
	err := filepath.WalkDir(written(os.Args), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != record.FileName {
			return nil // a run that could not write, or another file
		}
		rec, err := record.Read(path, nil)
		if err != nil {
			return err
		}
		return unmatched(rec)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "weighbridge under test:", err)
		return exitUnmatched
	}
	return code
}

// written is the folder that a run with the arguments writes to.
func written(args []string) string {
	for i, arg := range args {
		if out, given := strings.CutPrefix(arg, "--out="); given {
			return out
		}
		if arg == "--out" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return "results"
}

// unmatched is the arms of a record in which the mock's account is not ours.
func unmatched(rec *record.Record) (err error) {
	for _, arm := range rec.Arms {
		if l := arm.Ledger; l != nil && (!l.Matches || l.Absent > 0) {
			err = errors.Join(err, fmt.Errorf("%s: %d attempts, in the ledger %d, %d of them absent", arm.Name, arm.Totals.Attempts, l.Attempts, l.Absent))
		}
	}
	return err
}
