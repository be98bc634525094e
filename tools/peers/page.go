package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
)

// results are the runs of all tools under one load, by repetition.
type results struct {
	load  load
	tools []string
	runs  map[string][]run
	// failed says which of them came to nothing, and why: their figures are 0 and in no median.
	failed []string
	// invalid says which of them the tool itself calls invalid, and why: their figures are in the medians.
	invalid []string
}

// page is what is written.
type page struct {
	about   string
	missing []string
	results []results
}

// spread is a median with the least and the greatest.
type spread struct{ low, median, high float64 }

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return spread{sorted[0], (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[n-1]}
}

// beside returns a figure of a tool over that of another, by repetition.
func (r results) beside(tool, base string, of func(run) float64) spread {
	var ratios []float64
	for i := range min(len(r.runs[tool]), len(r.runs[base])) {
		if a, b := of(r.runs[tool][i]), of(r.runs[base][i]); a > 0 && b > 0 {
			ratios = append(ratios, a/b)
		}
	}
	return spreadOf(ratios)
}

func (r results) of(tool string, of func(run) float64) spread {
	var values []float64
	for _, one := range r.runs[tool] {
		if v := of(one); v > 0 {
			values = append(values, v)
		}
	}
	return spreadOf(values)
}

func rate(r run) float64 { return r.rate }
func cpu(r run) float64  { return r.cpu }
func peak(r run) float64 { return r.peak }

func further(r run) float64 { return r.further }

func lag(r run) float64 { return r.lag }

func connections(r run) float64 { return r.connections }

// write writes the page as markdown, the fastest tool of each load first.
func (p page) write(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "# Beside other load generators\n\n`make bench-peers` writes this page. %s\n\n", p.about)
	text.WriteString(`A ratio is that of the same repetition: the median, and in brackets the least and the greatest. CPU is the whole client
process's, from its start to its end, for each request that the server answered; weighbridge's reports and plots are in it,
vegeta's and the server's own time are not. CPU per further request is what each request takes beyond those of a run of a
second, in which a tool starts and reports as well. Send lag is how late requests left after they were due, at p99: weighbridge's from
its report, vegeta's from the times in its results, counted from its first request. Connections is how many the server saw. The tools
open as many as their own rules say, and weighbridge as many as are needed.
`)
	for _, missing := range p.missing {
		fmt.Fprintf(&text, "\nNot installed: %s\n", missing)
	}
	for _, r := range p.results {
		lagTitle, lagLine := "", ""
		if r.load.rate > 0 {
			lagTitle, lagLine = " send lag p99 ms |", "---|"
		}
		fmt.Fprintf(&text, "\n## %s\n| tool | requests/s | × vegeta | CPU µs per request | × vegeta | CPU µs per further request | × vegeta |%s peak MiB | connections |\n|---|---|---|---|---|---|---|%s---|---|\n", r.load.name, lagTitle, lagLine)
		tools := slices.Clone(r.tools)
		slices.SortStableFunc(tools, func(a, b string) int { return cmp.Compare(r.of(b, rate).median, r.of(a, rate).median) })
		for _, tool := range tools {
			of := func(format string, figure func(run) float64) string { return r.of(tool, figure).format(format) }
			lags := ""
			if r.load.rate > 0 {
				lags = fmt.Sprintf(" %s |", r.of(tool, lag))
			}
			fmt.Fprintf(&text, "| %s | %s | %s | %s | %s | %s | %s |%s %s | %s |\n", tool, of("%.0f", rate), r.beside(tool, "vegeta", rate),
				of("%.1f", cpu), r.beside(tool, "vegeta", cpu), of("%.1f", further), r.beside(tool, "vegeta", further), lags, of("%.0f", peak), of("%.0f", connections))
		}
		for _, failed := range r.failed {
			fmt.Fprintf(&text, "\nFailed: %s\n", failed)
		}
		for _, invalid := range r.invalid {
			fmt.Fprintf(&text, "\nInvalid, as the tool itself says: %s\n", invalid)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// format returns the median, or a dash where nothing is known.
func (s spread) format(verb string) string {
	if s == (spread{}) {
		return "–"
	}
	return fmt.Sprintf(verb, s.median)
}

// String is a dash where nothing is known.
func (s spread) String() string {
	switch {
	case s == spread{}:
		return "–"
	case s.low == s.high:
		return fmt.Sprintf("%.2f", s.median)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.low, s.high)
}
