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
	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/reports"
)

// gateFlags are the flags that gate and run share.
type gateFlags struct {
	baselines         []string
	junit, summary    string
	allowInconclusive bool
}

func addGateFlags(cmd *cobra.Command, f *gateFlags) {
	cmd.Flags().StringArrayVar(&f.baselines, "baseline", nil, "a `RECORD` of an earlier run to compare with; repeatable: TPS and latency need at least 5")
	cmd.Flags().StringVar(&f.junit, "junit", "", "write the verdict to `FILE` as JUnit XML")
	cmd.Flags().StringVar(&f.summary, "summary", "", "write the verdict to `FILE` as Markdown (default: the step summary of GitHub Actions, if there is one)")
	cmd.Flags().BoolVar(&f.allowInconclusive, "allow-inconclusive", false, "end with 0 if the verdict is inconclusive")
}

func newGate(s stdio) *cobra.Command {
	var f gateFlags
	var format string
	cmd := &cobra.Command{
		Use:   "gate RECORD",
		Short: "Judge a record by its rules, for CI",
		Long: `Judge a record by the rules of its scenario, by those that the --axis flags of its run imply, and against
baselines. RECORD is a record.json or the folder that contains one; - is standard input. Nothing is measured.

Exit codes: 0 pass, 10 regression, 11 inconclusive (0 with --allow-inconclusive), 12 invalid, 2 wrong usage.`,
		Example: `  weighbridge gate results/today
  weighbridge gate results/today --baseline baselines/1.json --baseline baselines/2.json --junit gate.xml
  weighbridge run service.yaml --axis side=target.url:http://127.0.0.1:8081,http://127.0.0.1:8082 --gate`,
		Args: exactlyOne("RECORD"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkFormat(format, reports.VerdictFormats()); err != nil {
				return err
			}
			return gateOne(s, f, format, args[0])
		},
	}
	addGateFlags(cmd, &f)
	cmd.Flags().StringVar(&format, "format", "text", "the `FORMAT` to print: text, json, markdown or junit")
	return cmd
}

func gateOne(s stdio, f gateFlags, format, path string) error {
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
	judged.AllowInconclusive = f.allowInconclusive
	if err := reports.WriteVerdict(s.out, screenOf(s.out, os.Getenv), format, judged, s.console.verbose); err != nil {
		return fmt.Errorf("print the %s: %w", format, err)
	}
	if err := f.writeVerdicts(s.console, os.Getenv, judged); err != nil {
		return err
	}
	return f.verdictError(judged)
}

// verdictError returns the error with the verdict's exit code; nil for a pass.
func (f gateFlags) verdictError(j *reports.Judged) error {
	switch j.RunVerdict.Verdict {
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

// finish writes the verdicts of a run with --gate and returns the error of the worst one.
// A run that failed or is incomplete has an exit code of its own.
func (f gateFlags) finish(to *console, environment func(string) string, failed bool, judged []*reports.Judged) error {
	err := f.writeVerdicts(to, environment, judged...)
	if failed || err != nil {
		return err
	}
	for _, worst := range []error{errRegression, errInvalid, errInconclusive} {
		for _, j := range judged {
			if errors.Is(f.verdictError(j), worst) {
				return worst
			}
		}
	}
	return nil
}

// tryFiles checks that the files of the verdict can be written, which a long run would find out at its end.
func (f gateFlags) tryFiles() error {
	for _, file := range []struct{ flag, path string }{{"--junit", f.junit}, {"--summary", f.summary}} {
		if file.path == "" {
			continue
		}
		info, err := os.Stat(file.path)
		switch {
		case err == nil && info.IsDir():
			return usagef("%s %s: expected a file, found a folder", file.flag, file.path)
		case err == nil:
			continue
		}
		folder := &hosted.Folder{Path: filepath.Dir(file.path)}
		if err := errors.Join(folder.Create(), folder.RemoveIfEmpty()); err != nil {
			return fmt.Errorf("%s: %w", file.flag, err)
		}
	}
	return nil
}

// writeVerdicts writes the files that were asked for. In GitHub Actions it also appends
// to the step summary and prints annotations on stderr.
func (f gateFlags) writeVerdicts(to *console, environment func(string) string, judged ...*reports.Judged) error {
	if len(judged) == 0 {
		return nil
	}
	for _, j := range judged {
		j.AllowInconclusive = f.allowInconclusive
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
				to.println(line)
			}
		}
	}
	return failed
}

// writeWhole writes a file whole or not at all. It creates the file's folder, so that a long run
// does not fail at its end for lack of it.
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

// appendTo appends to the step summary, to which other steps may have written.
func appendTo(path string, write func(io.Writer) error) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)
	}
	return errors.Join(write(file), file.Close())
}
