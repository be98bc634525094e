package main

import (
	"fmt"
	"time"

	"weighbridge/bench"
	"weighbridge/bench/record"
)

// notes are what --verbose says of a run as its parts end; nothing without it,
// so that no run waits for words that nobody reads.
func notes(to *console) bench.Events {
	if !to.verbose {
		return bench.Events{}
	}
	return bench.Events{
		Warm: func(arm string, so record.Totals) {
			to.detail("warm-up %s: %d attempts, %d connections, %d token requests", arm, so.Attempts, so.Connections, so.TokenRequests)
		},
		Block: func(arm string, b record.Block) { to.detail("%s", blockLine(arm, b)) },
		Probe: func(arm string, p record.Probe) { to.detail("%s", probeLine(arm, p)) },
	}
}

// blockLine is an arm's part of a block in one line.
func blockLine(arm string, b record.Block) string {
	line := fmt.Sprintf("block %d %s:", b.Index+1, arm)
	if !b.Complete {
		line = fmt.Sprintf("block %d (cut short) %s:", b.Index+1, arm)
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

// probeLine is a probe in one line.
func probeLine(arm string, p record.Probe) string {
	line := fmt.Sprintf("probe %s: %.5g/s, %d due, %d answered: ", arm, p.RatePerS, p.Due, p.Answered)
	if p.Held {
		return line + "held"
	}
	return line + p.WhyNot
}

func quantile(h *record.Hist, q float64) string {
	if h.Count() == 0 {
		return "–"
	}
	return h.Quantile(q).Round(10 * time.Microsecond).String()
}
