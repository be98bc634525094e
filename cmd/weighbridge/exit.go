package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"weighbridge/scenarios/tree"
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

// usageError is a wrong use of the command line or a wrong scenario: nothing ran.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errInterrupted is a run that was told to end before its time.
var errInterrupted = errors.New("interrupted")

// report prints err, if any, and gives its exit code.
func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitDone
	}
	for _, lines := range each(err).Lines() {
		fmt.Fprintln(stderr, "weighbridge: "+strings.Join(lines, "\n"))
	}
	var usage usageError
	var scenario tree.Errors
	switch {
	case errors.As(err, &usage), errors.As(err, &scenario):
		return exitUsage
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.Is(err, errUntrue), errors.Is(err, errInvalid):
		return exitInvalid
	case errors.Is(err, errRegression):
		return exitRegression
	case errors.Is(err, errInconclusive):
		return exitInconclusive
	}
	return exitFailed
}

// each is every error in err by itself, so that they share the lines there are
// for all. Of a scenario's errors it keeps where they stand; others have a line each.
func each(err error) tree.Errors {
	switch err := err.(type) {
	case usageError:
		return each(err.error)
	case tree.Errors:
		return err
	case interface{ Unwrap() []error }:
		var all tree.Errors
		for _, one := range err.Unwrap() {
			all = append(all, each(one)...)
		}
		return all
	}
	var all tree.Errors
	for line := range strings.SplitSeq(strings.TrimRight(err.Error(), "\n"), "\n") {
		all = append(all, tree.Error{Message: line})
	}
	return all
}
