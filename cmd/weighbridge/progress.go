package main

import (
	"fmt"
	"time"

	"weighbridge/bench"
	"weighbridge/reports"
)

// plainEvery is the interval between lines of progress that cannot be overwritten.
const plainEvery = 5 * time.Second

// progress shows how far a run has got: as one line that is overwritten on a terminal,
// elsewhere as a line every plainEvery.
type progress struct {
	to      *console
	last    bench.Progress
	rate    float64
	printed time.Duration
	// waits says that the run waited for a server when last observed.
	waits bool
}

// observe is a bench.Observer.
func (p *progress) observe(now bench.Progress) {
	if window := now.Elapsed - p.last.Elapsed; window >= time.Second {
		done := now.Answered + now.Failed - p.last.Answered - p.last.Failed
		p.rate = float64(done) / window.Seconds()
		p.last = now
	}
	switch {
	case p.to.canErase:
		p.to.showProgress(p.line(now, p.to.screen()))
	case now.Waiting != "" && !p.waits, now.Elapsed-p.printed >= plainEvery:
		p.to.printf("%s", p.line(now, reports.Screen{}))
		p.printed = now.Elapsed
	}
	p.waits = now.Waiting != ""
}

// line formats the progress as one line, truncated so that the screen does not wrap it.
func (p *progress) line(now bench.Progress, screen reports.Screen) string {
	if now.Waiting != "" {
		line, _ := truncate(fmt.Sprintf("waiting for the server: %s · %v", now.Waiting, now.Elapsed.Round(time.Second)), screen.Width-1, screen.Width > 0)
		return line
	}
	where := "warm-up"
	switch {
	case now.Probe > 0:
		where = fmt.Sprintf("capacity, probe %d at %.4g/s", now.Probe, now.Rate)
	case now.Block > 0:
		where = fmt.Sprintf("block %d/%d %s", now.Block, now.Blocks, now.Phase)
	}
	if now.Arm != "" {
		where += " " + now.Arm
	}
	if now.Draining >= time.Second { // shorter ones are not worth a word that flickers
		where += fmt.Sprintf(", waiting at most %v for answers (load.drain)", now.Draining.Round(time.Second))
	}
	before := fmt.Sprintf("%s · %.0f prompts/s · %d answered, ", where, p.rate, now.Answered)
	failed := fmt.Sprintf("%d failed", now.Failed)
	after := fmt.Sprintf(" · %v left", now.Left.Round(time.Second))
	// A cursor in the last column would wrap on some terminals.
	before, room := truncate(before, screen.Width-1, screen.Width > 0)
	failed, room = truncate(failed, room, screen.Width > 0)
	after, _ = truncate(after, room, screen.Width > 0)
	if now.Failed > 0 {
		failed = screen.Doubt(failed)
	}
	return before + failed + after
}

// truncate returns as much of text as fits into room, and the room left after it.
func truncate(text string, room int, bounded bool) (string, int) {
	runes := []rune(text)
	if bounded && len(runes) > max(room, 0) {
		runes = runes[:max(room, 0)]
	}
	return string(runes), room - len(runes)
}
