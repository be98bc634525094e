package main

import (
	"fmt"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
)

// runEvents prints, with --verbose, a line for each part of a run that has ended. Without
// it there is nothing to call.
func runEvents(to *console) bench.Events {
	if !to.verbose {
		return bench.Events{}
	}
	return bench.Events{
		Warm: func(arm string, t record.Totals) {
			to.verbosef("warm-up %s: %d attempts, %d connections, %d token requests", arm, t.Attempts, t.Connections, t.TokenRequests)
		},
		Block: func(arm string, b record.Block) { to.verbosef("%s", blockLine(arm, b)) },
		Probe: func(arm string, p record.Probe) { to.verbosef("%s", probeLine(arm, p)) },
		Failure: func(arm string, f reasons.Failure) {
			to.verbosef("%s %s: %d failed so far: %s", f.Phase, arm, f.Count, f.Line())
		},
	}
}

// blockLine describes an arm's part of a block in one line.
func blockLine(arm string, b record.Block) string {
	line := fmt.Sprintf("block %d %s:", b.Index+1, arm)
	if !b.Complete {
		line = fmt.Sprintf("block %d (incomplete) %s:", b.Index+1, arm)
	}
	if s := b.Open; s != nil {
		line += fmt.Sprintf(" open %d due, %d answered, %d failed, p50 %s, p90 %s;", s.Due, s.Answered, s.Failed,
			quantile(s.Response, 0.5), quantile(s.Response, 0.9))
	}
	if s := b.Closed; s != nil && s.DurationMS > 0 {
		line += fmt.Sprintf(" closed %.1f TPS, %d failed;", float64(s.InWindow)/s.DurationMS*1000, s.Failed)
	}
	return line[:len(line)-1]
}

// probeLine describes a probe of a capacity search in one line.
func probeLine(arm string, p record.Probe) string {
	line := fmt.Sprintf("probe %s: %.5g/s, %d due, %d answered: ", arm, p.RatePerS, p.Due, p.Answered)
	if p.Held {
		return line + "held"
	}
	return line + p.WhyNot
}

// quantile formats a quantile of a latency; "–" without any.
func quantile(h *record.Hist, q float64) string {
	if h.Count() == 0 {
		return "–"
	}
	return h.Quantile(q).Round(10 * time.Microsecond).String()
}
