package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports"
)

// gateFlags are those of gate, which run has too.
type gateFlags struct {
	baselines         []string
	junit, summary    string
	allowInconclusive bool
}

func addGateFlags(cmd *cobra.Command, f *gateFlags) {
	cmd.Flags().StringArrayVar(&f.baselines, "baseline", nil, "a `RECORD` of an earlier run to compare with; repeat it: TPS and latency take at least 5")
	cmd.Flags().StringVar(&f.junit, "junit", "", "write the verdict to `FILE` as JUnit XML")
	cmd.Flags().StringVar(&f.summary, "summary", "", "write the verdict to `FILE` as Markdown (default: the step summary of GitHub, where there is one)")
	cmd.Flags().BoolVar(&f.allowInconclusive, "allow-inconclusive", false, "let an inconclusive gate end with 0")
}

func newGate(s streams) *cobra.Command {
	var f gateFlags
	var format string
	cmd := &cobra.Command{
		Use:   "gate RECORD",
		Short: "Judge a record by its rules, for CI",
		Long: `Judge a record by the rules of its scenario, those that an --axis of its run implies, and its
baselines. RECORD is a record.json or the folder that holds one; - is standard input. Nothing is measured.

Exit codes: 0 pass, 10 regression, 11 inconclusive (0 with --allow-inconclusive), 12 invalid, 2 wrong usage.`,
		Example: `  weighbridge gate results/today
  weighbridge gate results/today --baseline baselines/1.json --baseline baselines/2.json --junit gate.xml
  weighbridge run service.yaml --axis side=target.url:http://127.0.0.1:8081,http://127.0.0.1:8082 --gate`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("gate: expected one RECORD, found %d", len(args))
			}
			if err := checkFormat(format, reports.VerdictFormats()); err != nil {
				return err
			}
			return gateOne(s, f, format, args[0])
		},
	}
	addGateFlags(cmd, &f)
	cmd.Flags().StringVar(&format, "format", "text", "what to print: text, json, markdown or junit")
	return cmd
}

func gateOne(s streams, f gateFlags, format, path string) error {
	rec, err := record.Read(path, s.in)
	if err != nil {
		return err
	}
	baselines, err := readBaselines(f.baselines, s.in)
	if err != nil {
		return err
	}
	judged, err := gateRecord(rec, baselines)
	if err != nil {
		return err
	}
	if err := reports.WriteVerdict(s.out, screenOf(s.out, os.Getenv), format, judged, s.console.verbose); err != nil {
		return fmt.Errorf("print the %s: %w", format, err)
	}
	if err := f.deliver(s.console, os.Getenv, judged); err != nil {
		return err
	}
	return f.verdict(judged)
}

// verdict is the error whose exit code the verdict has; nil for a pass.
func (f gateFlags) verdict(j *reports.Judged) error {
	switch j.Judgement.Verdict {
	case gate.Regression:
		return errRegression
	case gate.Invalid:
		return errInvalid
	case gate.Inconclusive:
		if !f.allowInconclusive {
			return errInconclusive
		}
	}
	return nil
}

// conclude delivers what a run's gate found and gives the worst verdict's error,
// unless the run failed or was cut short: that has a code of its own.
func (f gateFlags) conclude(to *console, environment func(string) string, failed bool, judged []*reports.Judged) error {
	err := f.deliver(to, environment, judged...)
	if failed || err != nil {
		return err
	}
	for _, worst := range []error{errRegression, errInvalid, errInconclusive} {
		for _, j := range judged {
			if errors.Is(f.verdict(j), worst) {
				return worst
			}
		}
	}
	return nil
}

// deliver writes the files that were asked for and tells GitHub, where it runs this, what
// it should show: its step summary is added to, and annotations are lines on stderr.
func (f gateFlags) deliver(to *console, environment func(string) string, judged ...*reports.Judged) error {
	if len(judged) == 0 {
		return nil
	}
	var failed error
	if f.junit != "" {
		failed = errors.Join(failed, writeWhole("--junit", f.junit, func(w io.Writer) error { return reports.WriteJUnit(w, judged...) }))
	}
	summary := func(w io.Writer) error {
		for _, j := range judged {
			if err := reports.WriteStepSummary(w, j); err != nil {
				return err
			}
		}
		return nil
	}
	if f.summary != "" {
		failed = errors.Join(failed, writeWhole("--summary", f.summary, summary))
	} else if path := environment("GITHUB_STEP_SUMMARY"); path != "" {
		failed = errors.Join(failed, appendTo(path, summary))
	}
	if environment("GITHUB_ACTIONS") == "true" {
		for _, j := range judged {
			for _, line := range reports.Annotations(j) {
				to.always(line)
			}
		}
	}
	return failed
}

// writeWhole writes a file whole or not at all, in a folder that it makes if need be:
// a long run is not to fail at its end for want of one.
func writeWhole(flag, path string, write func(io.Writer) error) error {
	var text bytes.Buffer
	err := errors.Join(write(&text), os.MkdirAll(filepath.Dir(path), 0o755))
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	if err := record.WriteWhole(path, text.Bytes()); err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	return nil
}

// appendTo adds to the file that GitHub shows, which other steps may have added to.
func appendTo(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)
	}
	return errors.Join(write(file), file.Close())
}
