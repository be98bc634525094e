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
		line("harness adds", "p50 %.3f ms, p99 %.3f ms to the latency that the mock reports, at %.0f prompts/s", o.ErrorMS.P50, o.ErrorMS.P99, o.RatePerS)
	}
	if r.Generator != nil {
		line("highest rate of an arm", "%s", r.Generator)
	}
	if r.Climb != nil {
		line("  to the mock, with TLS", "%s", r.Climb)
	}
	for _, s := range r.Stall {
		line(fmt.Sprintf("stall, %d in flight", s.InFlight), "p90 %.0f ms (expected %.0f), p99 %.0f ms (expected %.0f): off by %.1f%%",
			s.P90MS, s.ExpectedP90MS, s.P99MS, s.ExpectedP99MS, s.OffShare*100)
	}
	if s := r.Same; s != nil {
		line("noise between blocks", "%s%s (%d blocks)", shareText(s.Spread), burstText(s.Bursts), s.Blocks)
		line("A/A, the same arm twice", "%s", verdictText(s.Verdicts))
	}
	r.Gate.writeLines(line)
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

// String says which rate held, and why the next one did not.
func (c *Climb) String() string {
	if c.FailedPerS == nil {
		return fmt.Sprintf("%.0f prompts/s, the highest rate tried", c.HeldPerS)
	}
	return fmt.Sprintf("%.0f prompts/s; at %.0f prompts/s: %s", c.HeldPerS, *c.FailedPerS, c.Why)
}

func (r Report) headline() string {
	if len(r.Problems) > 0 {
		return "This machine does not measure accurately."
	}
	return "This machine measures accurately."
}

// writeLines writes how a gate judges planted delays, and what it can detect.
func (g *Gate) writeLines(line func(what, format string, args ...any)) {
	if g == nil {
		return
	}
	for _, p := range g.Planted {
		line(fmt.Sprintf("server %.0f%% slower", p.Share*100), "%s", verdictText(p.Verdicts))
	}
	what := "a gate here detects"
	if len(g.Invalid) > 0 {
		what = "a valid gate would detect"
	}
	for _, v := range g.Visible {
		line(what, "%s with %d blocks", shareText(v.Effects), v.Blocks)
		what = ""
	}
	line("", "(with a chance of 95%%, in one look at %d figures, with blocks like these)", g.Figures)
}

// verdictText lists the verdicts with their metrics, the worst first.
func verdictText(of map[string]gate.Verdict) string {
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

// shareText lists the shares that are known, in percent.
func shareText(of map[string]*float64) string {
	var parts []string
	for _, metric := range slices.Sorted(maps.Keys(of)) {
		if share := of[metric]; share != nil {
			parts = append(parts, fmt.Sprintf("%s %.1f%%", metric, *share*100))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "unknown")
}

// burstText says how many blocks were left out as bursts, if any.
func burstText(of map[string]*int) string {
	var parts []string
	for _, metric := range slices.Sorted(maps.Keys(of)) {
		if n := of[metric]; n != nil && *n > 0 {
			parts = append(parts, fmt.Sprintf("%d of %s", *n, metric))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ", without bursts: " + strings.Join(parts, ", ")
}
