package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/reports"
	"weighbridge/scenarios"
)

// runFlags are run's.
type runFlags struct {
	set    []string
	quick  bool
	out    string
	format string
}

func newRun(s streams) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run [SCENARIO]",
		Short: "Measure a scenario: every arm, side by side",
		Long: `Measure a scenario and write its record, report and plots to a folder.

SCENARIO is a name from the catalog (see weighbridge list) or a YAML file; without one it is matrix.
Progress goes to stderr; the table, or the format asked for, alone to stdout.`,
		Example: `  weighbridge run
  weighbridge run single-vs-batch --quick
  weighbridge run my.yaml --set load.open.rate=200 --out results/tuesday --format json`,
		RunE: func(cmd *cobra.Command, args []string) error { return runScenario(cmd.Context(), s, f, args) },
	}
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "set one field, as in `PATH=VALUE`; repeatable")
	cmd.Flags().BoolVar(&f.quick, "quick", false, "3 short blocks, under 20 s for eight arms: indicative only")
	cmd.Flags().StringVar(&f.out, "out", "", "the `DIR` to write to (default results/<scenario>-<UTC time>)")
	cmd.Flags().StringVar(&f.format, "format", "table", "what to print: table, markdown, json or csv")
	return cmd
}

// runFormats are what run prints; report knows more.
func runFormats() []string { return []string{"table", "markdown", "json", "csv"} }

func runScenario(ctx context.Context, s streams, f runFlags, args []string) error {
	if err := checkFormat(f.format, runFormats()); err != nil {
		return err
	}
	job, scenario, err := newJob(f, args)
	if err != nil {
		return err
	}
	if f.out == "" {
		f.out = filepath.Join("results", scenario.Name+"-"+time.Now().UTC().Format("20060102T150405Z"))
	}
	out, err := newFolder(f.out)
	if err != nil {
		return err
	}
	rec, err := measure(ctx, s, job, scenario)
	if err != nil {
		return errors.Join(err, out.abandon())
	}
	if err := out.write(rec); err != nil {
		return err
	}
	if err := reports.Write(s.out, f.format, rec); err != nil {
		return fmt.Errorf("print the %s: %w", f.format, err)
	}
	fmt.Fprintf(s.err, "wrote %s\n", filepath.Join(f.out, "report.html"))
	if !rec.Complete {
		return errInterrupted
	}
	return nil
}

// newJob finds, reads and checks the scenario asked for. What is wrong with it is
// wrong usage: nothing was started.
func newJob(f runFlags, args []string) (mockJob, *scenarios.Scenario, error) {
	if len(args) > 1 {
		return mockJob{}, nil, usagef("run: several scenarios in one call are not built yet, found %d", len(args))
	}
	name := "matrix"
	if len(args) == 1 {
		name = args[0]
	}
	file, source, err := scenarios.Find(name)
	if err != nil {
		return mockJob{}, nil, usageError{err}
	}
	job := mockJob{File: file, Source: string(source), Set: f.set, Quick: f.quick}
	scenario, err := job.scenario()
	if err != nil {
		return mockJob{}, nil, usageError{err}
	}
	if err := preflight(file, scenario); err != nil {
		return mockJob{}, nil, usageError{err}
	}
	return job, scenario, nil
}

func measure(ctx context.Context, s streams, job mockJob, scenario *scenarios.Scenario) (rec *record.Record, err error) {
	mocks := &mockProcess{job: job}
	defer func() { err = errors.Join(err, mocks.close()) }()
	progress := newProgress(s.err)
	defer progress.done()
	return bench.Run(ctx, bench.Options{
		Scenario: scenario, Source: []byte(job.Source), Set: job.Set, Quick: job.Quick,
		Tool: version(), Servers: mocks, Observe: progress.show,
	})
}

// preflight finds what only shows when an arm is made: templates, expressions,
// references to secrets, the file of prompts.
func preflight(file string, s *scenarios.Scenario) error {
	for _, arm := range s.Arms() {
		if err := checkDialect(file, arm); err != nil {
			return err
		}
		if err := arm.Target.CheckReferences(); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		if p := arm.Prompts.File; p != "" {
			if _, err := os.Stat(p); err != nil {
				return fmt.Errorf("%s: prompts.file: %w", file, err)
			}
		}
	}
	return nil
}
