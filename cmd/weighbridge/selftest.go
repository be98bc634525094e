package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/bench/selftest"
	"weighbridge/scenarios"
)

// errUntrusted ends a selftest that found a problem.
var errUntrusted = errors.New("this machine does not measure accurately enough to trust its figures")

// selftestFormats returns the formats of selftest.
func selftestFormats() []string { return []string{"text", "json"} }

// scenarioMeasurer runs a scenario of the selftest, with fields set as by --set.
type scenarioMeasurer func(ctx context.Context, to *console, source string, sets []string) (*record.Record, error)

func newSelftest(s stdio, measured scenarioMeasurer) *cobra.Command {
	var format string
	var quick bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Test how accurately this machine can measure",
		Long: `Test how accurately this machine can measure, in about two minutes and on loopback only: how late requests
are sent, the latency that the harness adds, the highest rate of one arm, whether a stalled server shows up
correctly, the noise between blocks, whether a gate reports identical arms as a regression, which of three
added delays it detects, and the smallest effect it can detect with 15, 30 and 45 blocks.

Exit codes: 0 figures can be trusted, 12 they cannot.`,
		Example: "  weighbridge selftest --format json >selftest.json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			outliveReaders()
			if err := checkFormat(format, selftestFormats()); err != nil {
				return err
			}
			return selfTest(cmd.Context(), s, measured, format, quick)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "the `FORMAT` to print: text or json")
	cmd.Flags().BoolVar(&quick, "quick", false, "shorter, about 20 s: only indicative")
	return cmd
}

func selfTest(ctx context.Context, s stdio, measured scenarioMeasurer, format string, quick bool) error {
	var measure selftest.Measure = func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
		return measured(ctx, s.console, source, sets)
	}
	if quick {
		measure = selftest.Quickly(measure)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	report, err := selftest.Run(ctx, thisBuild().String(), measure, selftest.PlainProcess(self, plainHostVerb), func(what string) { s.console.printf("measuring %s", what) })
	if err != nil && ctx.Err() == nil {
		return err
	}
	if format == "json" {
		err = json.NewEncoder(s.out).Encode(report)
	} else {
		err = report.Write(s.out)
	}
	switch {
	case err != nil:
		return fmt.Errorf("print the %s: %w", format, err)
	case ctx.Err() != nil:
		return fmt.Errorf("%w: the figures measured so far are printed", errInterrupted)
	case len(report.Problems) > 0:
		return errUntrusted
	}
	return nil
}

// measureForSelftest is the scenarioMeasurer of the verb. Nothing is written to disk.
func measureForSelftest(ctx context.Context, to *console, source string, sets []string) (*record.Record, error) {
	job := hosted.Job{File: "selftest.yaml", Source: source, Changes: scenarios.Changes{Set: sets}}
	scenario, err := job.Scenario()
	if err != nil {
		return nil, err
	}
	rec, err := measure(ctx, to, preparedRun{job: job, scenario: scenario}, nil)
	if err == nil && ctx.Err() == nil && !rec.Complete {
		return nil, errors.New(rec.Stopped)
	}
	return rec, err
}
