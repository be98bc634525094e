package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"weighbridge/bench/record"
)

// exitLedgerMismatch is no code of the contract: a test that meets it fails.
const exitLedgerMismatch = 99

// checkingLedgers is the exit code of weighbridge in tests: what the program returns, unless it
// is a run that writes a record in which a ledger does not match.
func checkingLedgers(program func() int) int {
	began := time.Now().Add(-time.Second) // files have coarser times
	code := program()
	if !slices.Contains(os.Args, "run") {
		return code
	}
	err := filepath.WalkDir(outFolder(os.Args), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != record.FileName {
			return nil // a run that could not write, or another file
		}
		if info, err := entry.Info(); err != nil || info.ModTime().Before(began) {
			return nil // of an earlier run
		}
		rec, err := record.Read(path, nil)
		if err != nil {
			return err
		}
		return ledgerMismatches(rec)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "weighbridge under test:", err)
		return exitLedgerMismatch
	}
	return code
}

// outFolder is the folder that a run with the arguments writes to.
func outFolder(args []string) string {
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

// ledgerMismatches lists the arms of a record whose ledger was read and does not match.
func ledgerMismatches(rec *record.Record) (err error) {
	for _, arm := range rec.Arms {
		if l := arm.Ledger; l != nil && l.Unread == "" && (!l.Matches || l.Absent > 0) {
			err = errors.Join(err, fmt.Errorf("%s: %d attempts, in the ledger %d, %d of them absent", arm.Name, arm.Totals.Attempts, l.Attempts, l.Absent))
		}
	}
	return err
}
