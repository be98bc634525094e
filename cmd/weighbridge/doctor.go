package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"weighbridge/bench"
	"weighbridge/bench/doctor"
	"weighbridge/bench/forecast"
	"weighbridge/bench/machine"
)

// doctorFormats returns the formats of doctor.
func doctorFormats() []string { return []string{"text", "json"} }

func newDoctor(s stdio) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "doctor SCENARIO",
		Short: "Send one cheap request per arm and say what would go wrong in a run",
		Long: `Send one cheap request for each arm of a scenario, one after another, and say what was seen on the way
and what would go wrong in a run. SCENARIO is a name from the catalog (see weighbridge list) or a YAML file.

It checks the DNS lookup, the connection, TLS and the certificate, the protocol, whether the credential is accepted, the
server's clock (from Date, so within half a second at best), the rate limits in the answer's headers, the latency, the
model, whether max_tokens was honoured, whether tokens are reported, and whether a stream arrives in pieces.

A request asks for at most 16 output tokens, its prompt is cut at 400 characters, and it is not retried. It counts
against the scenario's budget like any attempt. Hosts off loopback need --allow-host and a confirmation, as for run.

Exit codes: 0 no certain problem, 1 the run would go wrong, 2 wrong usage, 3 interrupted.`,
		Example: `  weighbridge doctor matrix
  weighbridge doctor my.yaml --format json
  weighbridge doctor my.yaml --allow-host api.example.com --yes`,
		Args: exactlyOne("SCENARIO"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return examine(cmd.Context(), s, f, args[0])
		},
	}
	addChanges(cmd, &f.changes)
	cmd.Flags().StringVar(&f.budget, "budget", "", "the run's budget, which also limits these requests: `KEY=NUMBER`, or several separated by commas; the keys are requests, prompts, input_tokens, output_tokens and usd")
	cmd.Flags().StringVar(&f.format, "format", "text", "the `FORMAT` to print: text or json")
	addAllowHost(cmd, &f.allowHosts)
	addYes(cmd, &f.yes)
	return cmd
}

// errWouldFail ends a doctor that found a problem, which it has printed.
var errWouldFail = errors.New("the run would go wrong")

// examine sends a request for each arm and prints what was seen.
func examine(ctx context.Context, s stdio, f runFlags, ref string) error {
	if err := checkFormat(f.format, doctorFormats()); err != nil {
		return err
	}
	if err := f.addBudget(); err != nil {
		return err
	}
	p, told, err := prepareDoctor(s, f, ref)
	if err != nil {
		return err
	}
	if !f.yes && len(told.Hosts) > 0 {
		if err := s.confirm(ctx, []string{fmt.Sprintf("doctor will send %d requests, one for each arm, to %s", len(told.Arms), strings.Join(told.Hosts, ", "))}); err != nil {
			return err
		}
	}
	mocks, err := p.mocks(s.console)
	if err != nil {
		return err
	}
	defer s.console.clearProgress()
	each := func(i int, arm string) {
		s.console.showProgress(fmt.Sprintf("arm %d of %d: %s", i+1, len(told.Arms), arm))
	}
	report, err := doctor.Examine(ctx, doctor.Options{Forecast: told, Each: each, FreeFiles: freeFiles(), Options: bench.Options{
		Scenario: p.scenario, Secrets: s.secrets, Allowed: p.allowed, UserAgent: userAgent(thisBuild()), Servers: mocks,
	}})
	switch {
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("%w: there is no report", errInterrupted)
	case err != nil:
		return err
	}
	s.console.clearProgress()
	if f.format == "json" {
		err = s.writeIndented(report)
	} else {
		_, err = io.WriteString(s.out, s.secrets.Redact(reportText(report)))
	}
	if err != nil {
		return fmt.Errorf("print the %s: %w", f.format, err)
	}
	if report.Fails() {
		return errWouldFail
	}
	return nil
}

// freeFiles is how many more files this process may open; 0 if that is not known.
func freeFiles() uint64 {
	took := machine.NewProcess().Took()
	if took.FilesPeak == nil || *took.FilesPeak >= took.FilesLimit {
		return 0
	}
	return took.FilesLimit - *took.FilesPeak
}

// prepareDoctor reads and checks a scenario, and forecasts what its run will do.
func prepareDoctor(s stdio, f runFlags, ref string) (preparedRun, *forecast.Forecast, error) {
	runs, err := prepareRuns(runFlags{
		changes: f.changes, allowHosts: f.allowHosts, unasked: !f.yes && !s.asksFirst(), noBudget: true,
	}, []string{ref}, nil, gateSetup{})
	if err != nil {
		return preparedRun{}, nil, err
	}
	p := runs[0]
	told, err := forecast.New(p.scenario)
	if err != nil {
		return p, nil, err
	}
	if err := checkBudget(ref, p.scenario); err != nil {
		told.Warnings, told.EndsEarly = append(told.Warnings, "the run would be refused: "+err.Error()), true
	}
	return p, told, nil
}
