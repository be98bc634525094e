package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/bench/selftest"
	"weighbridge/scenarios"
)

// errUntrue says that the machine at hand does not measure true.
var errUntrue = errors.New("figures taken on this machine are not to be trusted")

// selftestFormats are what selftest prints.
func selftestFormats() []string { return []string{"text", "json"} }

func newSelftest(s streams) *cobra.Command {
	var format string
	var quick bool
	cmd := &cobra.Command{
		Use:   "selftest",
		Short: "Measure how true this machine can measure",
		Long: `Measure how true this machine can measure, in under two minutes and on loopback alone: how late requests
leave, what the harness adds, the highest rate of one arm, whether a server that stalls shows as it
should, the noise between blocks, whether a gate calls an arm worse than itself, which of three planted
delays it calls, and what effect it can see here with 15, 30 and 45 blocks.

Exit codes: 0 it measures true, 12 it does not.`,
		Example: "  weighbridge selftest --format json >selftest.json",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkFormat(format, selftestFormats()); err != nil {
				return err
			}
			return selfTest(cmd.Context(), s, format, quick)
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "what to print: text or json")
	cmd.Flags().BoolVar(&quick, "quick", false, "shorter, in about 20 s: indicative only")
	return cmd
}

func selfTest(ctx context.Context, s streams, format string, quick bool) error {
	var measure selftest.Measure = func(ctx context.Context, source string, sets ...string) (*record.Record, error) {
		return measureOwn(ctx, s.console, source, sets)
	}
	if quick {
		measure = selftest.Quickly(measure)
	}
	report, err := selftest.Run(ctx, thisBuild().String(), measure, func(what string) { s.console.say("measuring %s", what) })
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
		return fmt.Errorf("%w: what was measured until then is printed", errInterrupted)
	case len(report.Problems) > 0:
		return errUntrue
	}
	return nil
}

// measureOwn runs a scenario of the program's own; nothing is written.
func measureOwn(ctx context.Context, to *console, source string, sets []string) (*record.Record, error) {
	job := hosted.Job{File: "selftest.yaml", Source: source, Changes: scenarios.Changes{Set: sets}}
	scenario, err := job.Scenario()
	if err != nil {
		return nil, err
	}
	rec, err := measure(ctx, to, planned{job: job, scenario: scenario}, nil)
	if err == nil && ctx.Err() == nil && !rec.Complete {
		return nil, errors.New(rec.Stopped)
	}
	return rec, err
}
