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

func connections(r run) float64 { return r.connections }

// write writes the page as markdown, the fastest tool of each load first.
func (p page) write(w io.Writer) error {
	var text strings.Builder
	fmt.Fprintf(&text, "# Beside other load generators\n\n`make bench-peers` writes this page. %s\n\n", p.about)
	text.WriteString(`A ratio is that of the same repetition: the median, and in brackets the least and the greatest. CPU is the whole client
process's, from its start to its end, for each request that the server answered; weighbridge's reports are in it, vegeta's
and the server's own time are not. Connections is how many the server saw. The tools open as many as their own rules say,
and weighbridge as many as are needed.
`)
	for _, missing := range p.missing {
		fmt.Fprintf(&text, "\nNot installed: %s\n", missing)
	}
	for _, r := range p.results {
		fmt.Fprintf(&text, "\n## %s\n| tool | requests/s | × vegeta | CPU µs per request | × vegeta | peak MiB | connections |\n|---|---|---|---|---|---|---|\n", r.load.name)
		tools := slices.Clone(r.tools)
		slices.SortStableFunc(tools, func(a, b string) int { return cmp.Compare(r.of(b, rate).median, r.of(a, rate).median) })
		for _, tool := range tools {
			fmt.Fprintf(&text, "| %s | %.0f | %s | %.1f | %s | %.0f | %.0f |\n", tool, r.of(tool, rate).median, r.beside(tool, "vegeta", rate),
				r.of(tool, cpu).median, r.beside(tool, "vegeta", cpu), r.of(tool, peak).median, r.of(tool, connections).median)
		}
		for _, failed := range r.failed {
			fmt.Fprintf(&text, "\nFailed: %s\n", failed)
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// String is empty where nothing is known.
func (s spread) String() string {
	switch {
	case s == spread{}:
		return "–"
	case s.low == s.high:
		return fmt.Sprintf("%.2f", s.median)
	}
	return fmt.Sprintf("%.2f (%.2f–%.2f)", s.median, s.low, s.high)
}
