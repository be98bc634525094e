package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"weighbridge/scenarios"
)

// The exit codes are a contract: scripts and CI depend on them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 3
)

// maxErrorLines bounds what a wrong use prints.
const maxErrorLines = 12

// usageError is a wrong use of the command line or a wrong scenario: nothing ran.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// errInterrupted says that the record was kept, marked incomplete.
var errInterrupted = errors.New("interrupted: the record holds what was measured and is marked incomplete")

// report prints err, if any, and gives its exit code.
func report(err error, stderr io.Writer) int {
	if err == nil {
		return exitDone
	}
	lines := strings.Split(strings.TrimRight(err.Error(), "\n"), "\n")
	for _, line := range lines[:min(len(lines), maxErrorLines)] {
		fmt.Fprintln(stderr, "weighbridge: "+line)
	}
	var usage usageError
	var scenario scenarios.Errors
	switch {
	case errors.As(err, &usage), errors.As(err, &scenario):
		return exitUsage
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	}
	return exitFailed
}
