package selftest

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"weighbridge/bench/gate"
)

// Write prints the report on one page.
func (r Report) Write(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(what, format string, args ...any) { fmt.Fprintf(t, "%s\t%s\n", what, fmt.Sprintf(format, args...)) }
	fmt.Fprintf(w, "%s\n%s, %d cores, %s/%s, %s, started %s\n\n", r.headline(),
		r.Env.CPU, r.Env.CPUs, r.Env.OS, r.Env.Arch, r.Env.Go, r.Started.Format("2006-01-02T15:04:05Z"))
	if p := r.Pacing; p != nil {
		line("send lag", "p50 %.3f ms, p99 %.3f ms at %.0f prompts/s (a run is invalid over 5 ms at p99)", p.SendLagMS.P50, p.SendLagMS.P99, p.RatePerS)
		line("ledger", "%d prompts due, %d attempts on one side only", p.Due, p.Absent)
	}
	if o := r.Overhead; o != nil {
		line("harness adds", "p50 %.3f ms, p99 %.3f ms to what the mock says it took, at %.0f prompts/s", o.ErrorMS.P50, o.ErrorMS.P99, o.RatePerS)
	}
	if c := r.Climb; c != nil && c.FailedPerS != nil {
		line("highest rate", "%.0f prompts/s held by one arm; at %.0f %s", c.HeldPerS, *c.FailedPerS, c.Why)
	} else if c != nil {
		line("highest rate", "%.0f prompts/s held by one arm, the highest tried", c.HeldPerS)
	}
	for _, s := range r.Stall {
		line(fmt.Sprintf("stall, %d in flight", s.InFlight), "p90 %.0f ms (truth %.0f), p99 %.0f ms (truth %.0f): %.1f%% off",
			s.P90MS, s.ExpectedP90MS, s.P99MS, s.ExpectedP99MS, s.OffShare*100)
	}
	if s := r.Same; s != nil {
		line("noise of a block", "%s%s (%d blocks)", percents(s.Spread), bursts(s.Bursts), s.Blocks)
		line("an arm against itself", "%s", inWords(s.Verdicts))
	}
	r.Gate.lines(line)
	if err := t.Flush(); err != nil {
		return err
	}
	for _, problem := range r.Problems {
		if _, err := fmt.Fprintln(w, "  - "+problem); err != nil {
			return err
		}
	}
	return nil
}

func (r Report) headline() string {
	if len(r.Problems) > 0 {
		return "This machine does not measure true."
	}
	return "This machine measures true."
}

// lines say what a gate makes of planted delays, and what it can see.
func (g *Gate) lines(line func(what, format string, args ...any)) {
	if g == nil {
		return
	}
	for _, p := range g.Planted {
		line(fmt.Sprintf("planted +%.0f%%", p.Share*100), "%s", inWords(p.Verdicts))
	}
	what := "a gate here can see"
	if len(g.Invalid) > 0 {
		what = "a gate could see, were it valid"
	}
	for _, v := range g.Visible {
		line(what, "%s with %d blocks", percents(v.Effects), v.Blocks)
		what = ""
	}
	line("", "(or more, in 95%% of gates that look once at %d figures, with blocks like these)", g.Figures)
}

// inWords are verdicts with the metrics that have them, the worst first.
func inWords(of map[string]gate.Verdict) string {
	var parts []string
	for _, verdict := range []gate.Verdict{gate.Invalid, gate.Regression, gate.Inconclusive, gate.Pass, ""} {
		var metrics []string
		for _, metric := range slices.Sorted(maps.Keys(of)) {
			if of[metric] == verdict {
				metrics = append(metrics, metric)
			}
		}
		if len(metrics) > 0 {
			parts = append(parts, cmp.Or(string(verdict), "not judged")+": "+strings.Join(metrics, ", "))
		}
	}
	return strings.Join(parts, "; ")
}

// percents are those that are known.
func percents(of map[string]*float64) string {
	var parts []string
	for _, metric := range slices.Sorted(maps.Keys(of)) {
		if share := of[metric]; share != nil {
			parts = append(parts, fmt.Sprintf("%s %.1f%%", metric, *share*100))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "unknown")
}

// bursts says how many blocks were left out, if any.
func bursts(of map[string]*int) string {
	var parts []string
	for _, metric := range slices.Sorted(maps.Keys(of)) {
		if n := of[metric]; n != nil && *n > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s", *n, metric))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ", bursts apart: " + strings.Join(parts, ", ")
}
