package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weighbridge/bench/forecast"
	"weighbridge/reports/format"
	"weighbridge/scenarios"
	"weighbridge/target/outbound"
)

// dryFormats returns the formats of run --dry-run.
func dryFormats() []string { return []string{"table", "json"} }

// printForecasts prints what each run would do, in place of doing it.
func printForecasts(s stdio, f runFlags, runs []preparedRun) error {
	for i, p := range runs {
		told, err := forecast.New(p.scenario)
		if err != nil {
			return err
		}
		told.Warnings = append(told.Warnings, p.lacks...)
		if f.format == "json" {
			err = s.writeIndented(told)
		} else {
			if i > 0 {
				fmt.Fprintln(s.out)
			}
			_, err = io.WriteString(s.out, s.secrets.Redact(forecastText(told)))
		}
		if err != nil {
			return fmt.Errorf("print the %s: %w", f.format, err)
		}
	}
	return nil
}

// writeIndented prints a value as indented JSON, without the secrets.
func (s stdio) writeIndented(v any) error {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	_, err := io.WriteString(s.out, s.secrets.Redact(text.String()))
	return err
}

// forecastText is a forecast for people.
func forecastText(f *forecast.Forecast) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Dry run of %s: nothing was sent, looked up or started. ≤ marks upper bounds.\n\n", f.Scenario)
	rows := [][]string{{"arm", "prompts", "attempts", "input tokens", "output tokens", "USD"}}
	row := func(name string, a forecast.Amounts) {
		rows = append(rows, []string{name, figureText(a.Prompts), figureText(a.Attempts), figureText(a.InputTokens), figureText(a.OutputTokens), usdText(a.USD)})
	}
	for _, arm := range f.Arms {
		row(arm.Arm, arm.Amounts)
	}
	if row("in all", f.Total); len(f.Arms) == 1 && slices.Equal(rows[1][1:], rows[2][1:]) {
		rows = rows[:2]
	}
	writeRows(&b, rows)
	fmt.Fprintf(&b, "\nTime: %s\n", timeText(f.TimeMS))
	if len(f.Hosts) > 0 {
		fmt.Fprintf(&b, "Off loopback: %s\n", strings.Join(f.Hosts, ", "))
	}
	if f.Budget != nil {
		fmt.Fprintf(&b, "Budget: %s\n", limitsText(*f.Budget))
	}
	for _, part := range []struct {
		label string
		lines []string
	}{{"warning", f.Warnings}, {"not known", f.Unknown}, {"note", f.Notes}} {
		for _, line := range part.lines {
			fmt.Fprintf(&b, "%s: %s\n", part.label, line)
		}
	}
	return b.String()
}

// writeRows writes rows in columns: the first aligned to the left, the others to the right.
func writeRows(b *strings.Builder, rows [][]string) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	for _, row := range rows {
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if i == 0 {
				b.WriteString(" " + cell + space)
			} else {
				b.WriteString("  " + space + cell)
			}
		}
		b.WriteString("\n")
	}
}

// figureText is a figure: what is expected, and the most if that is something else.
func figureText(f forecast.Figure) string {
	return boundedText(f, func(v float64) string { return format.Count(uint64(v)) })
}

func usdText(f forecast.Figure) string {
	return boundedText(f, func(v float64) string { return format.USD(v) })
}

func boundedText(f forecast.Figure, text func(float64) string) string {
	most := ", ≤ " + format.Unknown
	if f.Most != nil {
		most = ", ≤ " + text(*f.Most)
	}
	switch {
	case f.Expected != nil && f.Most != nil && text(*f.Expected) == text(*f.Most):
		return text(*f.Expected)
	case f.Expected != nil:
		return text(*f.Expected) + most
	case f.Least != nil && f.Most == nil:
		return "≥ " + text(*f.Least)
	case f.Least != nil:
		return "≥ " + text(*f.Least) + most
	case f.Most != nil:
		return strings.TrimPrefix(most, ", ")
	}
	return format.Unknown
}

func timeText(f forecast.Figure) string {
	about := ""
	switch {
	case f.Expected != nil:
		about = "about " + millisText(*f.Expected) + ", plus the time until the last answers of each slice have come"
	case f.Least != nil:
		about = millisText(*f.Least) + ", plus the time that the batches take"
	}
	if f.Most == nil {
		return about
	}
	return about + "; at most " + millisText(*f.Most) + " once the servers are ready"
}

// millisText is a duration in ms, to the second if it is longer than one.
func millisText(ms float64) string {
	d := time.Duration(ms * float64(time.Millisecond))
	if d > time.Second {
		return (d + time.Second/2).Truncate(time.Second).String()
	}
	return d.String()
}

// limitsText lists the limits of a budget.
func limitsText(l forecast.Limits) string {
	var parts []string
	for _, part := range []struct {
		n    uint64
		name string
	}{{l.Requests, "attempts"}, {l.Prompts, "prompts"}, {l.InputTokens, "input tokens"}, {l.OutputTokens, "output tokens"}} {
		if part.n > 0 {
			parts = append(parts, format.Count(part.n)+" "+part.name)
		}
	}
	if l.USD > 0 {
		parts = append(parts, format.USD(l.USD)+" USD")
	}
	return strings.Join(parts, ", ")
}

// allowedInDryRun returns the allowed hosts plus all that the scenario connects to, so that a dry
// run, which connects to nothing, is not refused. It also says why the run itself would be refused.
func allowedInDryRun(s *scenarios.Scenario, allowed outbound.Allowed) (all outbound.Allowed, lacks []string) {
	all = allowed
	if err := s.CheckHosts(allowed); err != nil {
		lacks = append(lacks, "the run would be refused: "+err.Error())
		for _, arm := range s.Arms() {
			all = append(all, arm.Hosts()...)
		}
	}
	if err := checkBudget("", s); err != nil {
		lacks = append(lacks, "the run would be refused: "+strings.TrimPrefix(err.Error(), ": "))
	}
	return all, lacks
}
