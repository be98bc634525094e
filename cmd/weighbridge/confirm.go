package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"weighbridge/bench/forecast"
	"weighbridge/reports/format"
	"weighbridge/scenarios"
)

// addYes adds --yes to a verb that sends requests.
func addYes(cmd *cobra.Command, yes *bool) {
	cmd.Flags().BoolVarP(yes, "yes", "y", false, "send requests off loopback without asking, as in CI")
}

// asksFirst reports whether there is somebody to ask: standard input and error are a terminal.
func (s stdio) asksFirst() bool { return isTerminal(s.in) && isTerminal(s.err) }

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// checkConfirmed returns an error if requests would leave loopback that nobody has agreed to.
func checkConfirmed(ref string, s *scenarios.Scenario) error {
	servers, err := s.Elsewhere()
	if err != nil || len(servers) == 0 {
		return err
	}
	return fmt.Errorf("%s: %s not on loopback, and there is no terminal to ask on: expected --yes (--dry-run shows what would be sent)", ref, areServers(servers))
}

func areServers(servers []string) string {
	if len(servers) == 1 {
		return servers[0] + " is"
	}
	return strings.Join(servers, ", ") + " are"
}

// errDeclined ends a run that was not agreed to.
var errDeclined = errors.New("not started: nothing was sent")

// confirm asks on the terminal whether to go on, after a line that says what will be sent. It
// returns nil for y or yes, and errDeclined for anything else.
func (s stdio) confirm(ctx context.Context, lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	for _, line := range lines {
		s.console.println(line)
	}
	fmt.Fprint(s.err, "Go on? [y/N] ")
	answer, err := readLine(ctx, s.in)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(s.err)
		return fmt.Errorf("%w before anything was sent", errInterrupted)
	case errors.Is(err, io.EOF):
		fmt.Fprintln(s.err)
	}
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return errDeclined
}

// readLine reads a line, unless ctx ends first.
func readLine(ctx context.Context, from io.Reader) (string, error) {
	type line struct {
		text string
		err  error
	}
	read := make(chan line, 1)
	go func() {
		text, err := bufio.NewReader(from).ReadString('\n')
		read <- line{text, err}
	}()
	select {
	case l := <-read:
		return l.text, l.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// confirmRuns asks whether to go on if any of the runs sends requests off loopback.
func confirmRuns(ctx context.Context, s stdio, runs []preparedRun) error {
	var lines []string
	for _, p := range runs {
		servers, err := p.scenario.Elsewhere()
		if err != nil {
			return err
		}
		if len(servers) == 0 {
			continue
		}
		told, err := forecast.New(p.scenario)
		if err != nil {
			return err
		}
		for _, warning := range told.Warnings {
			lines = append(lines, "warning: "+warning)
		}
		lines = append(lines, askedText(told))
	}
	return s.confirm(ctx, lines)
}

// askedText says in a line what a run will send off loopback.
func askedText(f *forecast.Forecast) string {
	parts := []string{amountText(f.Total.Attempts, "attempts", func(v float64) string { return format.Count(uint64(v)) })}
	if usd := f.Total.USD; usd.Expected != nil || usd.Most != nil {
		parts = append(parts, amountText(usd, "USD", format.USD))
	}
	return fmt.Sprintf("%s will send to %s: %s", f.Scenario, strings.Join(f.Hosts, ", "), strings.Join(parts, ", "))
}

// amountText is a figure in words.
func amountText(f forecast.Figure, unit string, text func(float64) string) string {
	switch {
	case f.Expected != nil && f.Most != nil && *f.Most > *f.Expected:
		return fmt.Sprintf("about %s %s (at most %s)", text(*f.Expected), unit, text(*f.Most))
	case f.Expected != nil:
		return fmt.Sprintf("about %s %s", text(*f.Expected), unit)
	case f.Most != nil:
		return fmt.Sprintf("at most %s %s", text(*f.Most), unit)
	}
	return "an unknown number of " + unit
}
