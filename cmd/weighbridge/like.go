package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/machine"
	"weighbridge/bench/record"
	"weighbridge/reports"
)

// likeRun is the record that run --like repeats; nil without the flag.
type likeRun struct {
	path string
	rec  *record.Record
}

// readLike reads the record that f.like names and takes the scenario's changes and --quick from
// it: what is given on the command line as well comes on top.
func readLike(s stdio, f *runFlags, refs []string) (*likeRun, error) {
	if f.like == "" {
		return nil, nil
	}
	if len(refs) > 0 {
		return nil, usagef("--like: expected no SCENARIO beside it, as the record has one, found %s", strings.Join(refs, " "))
	}
	rec, err := record.Read(f.like, s.in)
	if err != nil {
		return nil, err
	}
	if rec.Scenario.Source == "" {
		return nil, usagef("--like: %s does not hold the source of its scenario", f.like)
	}
	like := &likeRun{f.like, rec}
	for _, line := range like.differences(*f) {
		s.console.printf("%s", line)
	}
	f.changes.Set = append(slices.Clone(rec.Scenario.Set), f.changes.Set...)
	f.changes.Axes = append(slices.Clone(rec.Scenario.Axis), f.changes.Axes...)
	f.quick = f.quick || rec.Quick
	return like, nil
}

// differences says what is not as it was when the record was made; f has the flags as given.
func (l *likeRun) differences(f runFlags) []string {
	lines := []string{fmt.Sprintf("repeats %s of %s, with its scenario, seed (%d) and changes", l.rec.Scenario.Name, l.rec.Started.UTC().Format("2006-01-02 15:04:05"), l.rec.Plan.Seed)}
	add := func(what, then, now string) {
		if then != now {
			lines = append(lines, fmt.Sprintf("different: %s, then %s, now %s", what, then, now))
		}
	}
	was, is := l.rec.Env, machine.Env()
	add("weighbridge", l.rec.Tool, thisBuild().String())
	add("Go", was.Go, is.Go)
	add("machine", was.CPU, is.CPU)
	add("cores", fmt.Sprint(was.CPUs), fmt.Sprint(is.CPUs))
	add("system", was.OS+"/"+was.Arch+" "+was.Kernel, is.OS+"/"+is.Arch+" "+is.Kernel)
	for flag, values := range map[string][]string{"--set": f.changes.Set, "--axis": f.changes.Axes} {
		if len(values) > 0 {
			lines = append(lines, fmt.Sprintf("different: %s %s", flag, strings.Join(values, " ")))
		}
	}
	if f.quick && !l.rec.Quick {
		lines = append(lines, "different: --quick")
	}
	return lines
}

// compare prints how the new record differs from the one that it repeats, after a report for
// people. Other formats are one document, which it does not spoil.
func (l *likeRun) compare(s stdio, format, folder string, rec *record.Record) error {
	if format != "table" && format != "markdown" {
		s.console.printf("to compare both: weighbridge compare %s %s", l.path, folder)
		return nil
	}
	compared := comparedRuns(figures.Run{Name: l.path, Record: l.rec}, figures.Run{Name: folder, Record: rec})
	if _, err := fmt.Fprintln(s.out); err != nil {
		return err
	}
	return reports.WriteCompare(s.out, screenOf(s.out, os.Getenv), format, compared)
}
