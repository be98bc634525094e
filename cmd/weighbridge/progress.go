package main

import (
	"fmt"
	"strings"
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

// line formats the progress as one line that the screen does not wrap. If there is no room for all of
// it, it loses its middle: what is between the block and the time left.
func (p *progress) line(now bench.Progress, screen reports.Screen) string {
	room := screen.Width - 1 // a cursor in the last column would wrap on some terminals
	if now.Waiting != "" {
		text := fmt.Sprintf("waiting for the server: %s", now.Waiting)
		return fitted(text, "", fmt.Sprintf(" · %v", now.Elapsed.Round(time.Second)), room, screen.Width > 0)
	}
	parts := []string{whereIs(now), fmt.Sprintf("%.0f prompts/s", p.rate), fmt.Sprintf("%d in flight", now.InFlight)}
	if now.Queued > 0 {
		parts[2] += fmt.Sprintf(", %d waiting for a slot", now.Queued)
	}
	if now.P99 > 0 {
		parts = append(parts, fmt.Sprintf("p50 %v, p99 %v", now.P50, now.P99))
	}
	failed := fmt.Sprintf("%d failed", now.Failed)
	ended := fmt.Sprintf("%d answered, %s", now.Answered, failed)
	if now.CutOff > 0 {
		ended += fmt.Sprintf(", %d cut off", now.CutOff)
	}
	parts = append(parts, ended)
	line := fitted(parts[0], " · "+strings.Join(parts[1:], " · "), fmt.Sprintf(" · %v left", now.Left.Round(time.Second)), room, screen.Width > 0)
	if now.Failed > 0 {
		line = strings.Replace(line, ", "+failed, ", "+screen.Doubt(failed), 1)
	}
	return line
}

// whereIs says which part of the run is on.
func whereIs(now bench.Progress) string {
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
	return where
}

// fitted joins three texts in at most room characters, if it is bounded. The end is kept longest, and the
// beginning before the middle; if something was left out, there is an ellipsis.
func fitted(begin, middle, end string, room int, bounded bool) string {
	whole := []rune(begin + middle)
	last := []rune(end)
	switch {
	case !bounded || len(whole)+len(last) <= room:
		return begin + middle + end
	case room <= len(last):
		return string(last[max(len(last)-max(room, 0), 0):])
	}
	return string(whole[:room-len(last)-1]) + "…" + end
}
