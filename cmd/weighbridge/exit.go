package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// The exit codes are a contract: scripts and CI depend on them.
const (
	exitDone         = 0
	exitFailed       = 1
	exitUsage        = 2
	exitInterrupted  = 3
	exitRegression   = 10
	exitInconclusive = 11
	exitInvalid      = 12
)

// usageError is an error in the command line or in a scenario: nothing was run.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

var (
	// errInterrupted ends a run that was interrupted.
	errInterrupted = errors.New(bench.Interrupted)
	// errStopped ends a run in which something failed after its first complete block.
	errStopped = errors.New("stopped")
)

// incomplete returns the error of a run that ended before it was complete, or nil.
func incomplete(rec *record.Record) error {
	kept := "the record holds what was measured and is marked incomplete"
	if !measured(rec) {
		kept = "nothing was measured yet, and the record is empty"
	}
	switch {
	case rec.Complete:
		return nil
	case rec.Stopped == bench.Interrupted:
		return fmt.Errorf("%w: %s", errInterrupted, kept)
	}
	return fmt.Errorf("%w: %s: %s", errStopped, rec.Stopped, kept)
}

// measured reports whether the record has any prompt that counts.
func measured(rec *record.Record) bool {
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		if arm.Capacity != nil && len(arm.Capacity.Probes) > 0 {
			return true
		}
		for _, b := range arm.Blocks {
			for _, s := range []*record.Slice{b.Open, b.Closed, b.Batch} {
				if s != nil && s.Due > 0 {
					return true
				}
			}
		}
	}
	return false
}

// printError prints err, if any, without the secrets, and returns its exit code.
func printError(err error, stderr io.Writer, secrets *target.Redactor) int {
	if err == nil {
		return exitDone
	}
	for _, lines := range flatten(err).Lines() {
		fmt.Fprintln(stderr, "weighbridge: "+secrets.Redact(withoutCommands(strings.Join(lines, "\n"))))
	}
	var usage usageError
	var scenario tree.Errors
	switch {
	case errors.As(err, &usage), errors.As(err, &scenario):
		return exitUsage
	case errors.Is(err, errInterrupted), errors.Is(err, errStopped):
		return exitInterrupted
	case errors.Is(err, errUntrusted), errors.Is(err, errInvalid):
		return exitInvalid
	case errors.Is(err, errRegression):
		return exitRegression
	case errors.Is(err, errInconclusive):
		return exitInconclusive
	}
	return exitFailed
}

// withoutCommands escapes lines that a CI service that reads the log would obey as commands: an error
// may quote a line of a scenario.
func withoutCommands(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "##[", `##\[`), "\n")
	for i, line := range lines {
		if rest := strings.TrimLeft(line, " \t"); strings.HasPrefix(rest, "::") {
			lines[i] = line[:len(line)-len(rest)] + `\` + rest
		}
	}
	return strings.Join(lines, "\n")
}

// flatten lists the errors that err joins, so that the limit on lines applies to all of
// them together. Errors in a scenario keep their positions; any other error becomes one
// entry per line.
func flatten(err error) tree.Errors {
	switch err := err.(type) {
	case usageError:
		return flatten(err.error)
	case tree.Errors:
		return err
	case interface{ Unwrap() []error }:
		var all tree.Errors
		for _, one := range err.Unwrap() {
			all = append(all, flatten(one)...)
		}
		return all
	}
	var all tree.Errors
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		all = append(all, tree.Error{Message: line})
	}
	return all
}
