package main

import (
	"slices"
	"strings"

	"weighbridge/scenarios/tree"
)

// checkFormat refuses an unknown format, before anything is measured.
func checkFormat(format string, known []string) error {
	if slices.Contains(known, format) {
		return nil
	}
	if near, ok := tree.Suggest(format, known); ok {
		return usagef("unknown format %q: did you mean %q?", format, near)
	}
	return usagef("unknown format %q: expected %s", format, strings.Join(known, ", "))
}
