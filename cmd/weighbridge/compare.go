package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"weighbridge/bench/attack"
	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/reports"
)

func newCompare(s stdio) *cobra.Command {
	var axis, format, file string
	cmd := &cobra.Command{
		Use:   "compare BASE HEAD, or RECORD --axis NAME",
		Short: "Compare two records, arm by arm, or the levels within one",
		Long: `Compare two records, arm by arm: the old figure, the new one, and the difference with its interval and p; ~ marks
a difference that is not significant. With --axis, compare the levels within one record instead. They were
measured side by side, which is far more precise: two runs of the same build differ by more than the blocks within
one run do.

RECORD is a record.json or the folder that contains one; - is standard input. No verdict is given: see weighbridge gate.`,
		Example: `  weighbridge compare results/monday results/tuesday
  weighbridge compare results/monday --axis protocol --format markdown
  weighbridge compare results/monday results/tuesday --format html --out compared.html`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format, reports.CompareFormats()); err != nil {
				return err
			}
			compared, err := compareRecords(s, axis, args)
			if err != nil {
				return err
			}
			if file == "" {
				return reports.WriteCompare(s.out, screenOf(s.out, os.Getenv), format, compared)
			}
			var text bytes.Buffer
			if err := reports.WriteCompare(&text, reports.Screen{}, format, compared); err != nil {
				return err
			}
			return record.WriteWhole(file, text.Bytes())
		},
	}
	cmd.Flags().StringVar(&axis, "axis", "", "compare the levels of this axis, `NAME`, within one record")
	cmd.Flags().StringVar(&format, "format", "table", "the `FORMAT` to print: table, markdown, csv, json or html")
	cmd.Flags().StringVar(&file, "out", "", "the `FILE` to write to instead of stdout")
	return cmd
}

func compareRecords(s stdio, axis string, paths []string) (reports.Compared, error) {
	switch {
	case axis != "" && len(paths) != 1:
		return reports.Compared{}, usagef("compare --axis: expected one RECORD, found %d", len(paths))
	case axis == "" && len(paths) != 2:
		return reports.Compared{}, usagef("compare: expected BASE and HEAD, or one RECORD and --axis, found %d", len(paths))
	}
	var sides []figures.Run
	for _, path := range paths {
		rec, err := record.Read(path, s.in)
		if err != nil {
			return reports.Compared{}, err
		}
		sides = append(sides, figures.Run{Name: path, Record: rec})
	}
	if axis != "" {
		return compareLevels(sides[0].Record, axis)
	}
	c := comparedRuns(sides[0], sides[1])
	if len(c.Deltas) == 0 {
		return c, fmt.Errorf("nothing to compare: %s and %s have no arm in common: the base has %s, and the head %s", c.Old, c.New, armList(c.Base), armList(c.Head))
	}
	return c, nil
}

// armList is the names of a record's arms; of many, the first.
func armList(rec *record.Record) string {
	const most = 4
	var names []string
	for _, arm := range rec.Arms {
		names = append(names, arm.Name)
	}
	if n := len(names) - most; n > 1 {
		return strings.Join(names[:most], ", ") + fmt.Sprintf(" and %d more", n)
	}
	return strings.Join(names, ", ")
}

// comparedRuns is how two records differ.
func comparedRuns(before, after figures.Run) reports.Compared {
	c := reports.Compared{Old: before.Name, New: after.Name, Base: before.Record, Head: after.Record}
	c.Deltas, c.Warnings = figures.BetweenRecords(before, after)
	for _, side := range []figures.Run{before, after} {
		c.Invalid = append(c.Invalid, whyInvalid(side)...)
		c.Warnings = append(c.Warnings, warningsAbout(side)...)
	}
	return c
}

// whyInvalid says why the figures of a record do not count.
func whyInvalid(side figures.Run) (why []string) {
	for _, reason := range reports.PerReason(side.Record, side.Record.Invalid) {
		why = append(why, fmt.Sprintf("%s is INVALID: %s", side.Name, reason))
	}
	return why
}

// warningsAbout says why the figures of a record do not count fully.
func warningsAbout(side figures.Run) (why []string) {
	if !side.Record.Complete {
		why = append(why, fmt.Sprintf("%s is incomplete", cmp.Or(side.Name, "the record")))
	}
	return append(append(why, unverified(side)...), mostFrequentFailures(side)...)
}

// mostFrequentFailures names what failed most in each arm of a record, if anything did.
func mostFrequentFailures(side figures.Run) (lines []string) {
	for _, arm := range side.Record.Arms {
		for _, f := range arm.Failures {
			if f.Phase != attack.PhaseWarmup {
				lines = append(lines, fmt.Sprintf("arm %s: %d requests failed with %s %s, its most frequent failure", arm.Name, f.Count, f.Class, f.Said()))
				break
			}
		}
	}
	lines = reports.PerReason(side.Record, lines)
	for i, line := range lines {
		lines[i] = side.Name + ": " + line
	}
	return lines
}

func compareLevels(rec *record.Record, axis string) (reports.Compared, error) {
	deltas, err := figures.BetweenLevels(rec, axis)
	if err != nil {
		return reports.Compared{}, usagef("--axis: %w", err)
	}
	c := reports.Compared{Old: "base", New: "head", Deltas: deltas, Base: rec, Axis: axis}
	for _, a := range rec.Axes {
		if a.Name == axis {
			c.Old = a.Levels[0]
		}
	}
	side := figures.Run{Name: "the record", Record: rec}
	c.Invalid, c.Warnings = whyInvalid(side), warningsAbout(side)
	return c, nil
}
