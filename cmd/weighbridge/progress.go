package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"weighbridge/bench"
)

// plainEvery is how often progress is printed where it cannot be overwritten.
const plainEvery = 5 * time.Second

// progress shows how a run fares: one line that is overwritten on a terminal, a
// line now and then elsewhere.
type progress struct {
	w        io.Writer
	terminal bool
	last     bench.Progress
	rate     float64
	printed  time.Duration
}

func newProgress(w io.Writer) *progress {
	f, ok := w.(*os.File)
	return &progress{w: w, terminal: ok && term.IsTerminal(int(f.Fd()))}
}

// show is a bench.Observer.
func (p *progress) show(now bench.Progress) {
	if window := now.Elapsed - p.last.Elapsed; window >= time.Second {
		done := now.Answered + now.Failed - p.last.Answered - p.last.Failed
		p.rate = float64(done) / window.Seconds()
		p.last = now
	}
	switch {
	case p.terminal:
		fmt.Fprintf(p.w, "\r\x1b[K%s", p.line(now))
	case now.Elapsed-p.printed >= plainEvery:
		fmt.Fprintln(p.w, p.line(now))
		p.printed = now.Elapsed
	}
}

// done leaves the terminal's line clean.
func (p *progress) done() {
	if p.terminal {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
}

func (p *progress) line(now bench.Progress) string {
	where := "warm-up"
	if now.Block > 0 {
		where = fmt.Sprintf("block %d/%d %s", now.Block, now.Blocks, now.Phase)
	}
	if now.Arm != "" {
		where += " " + now.Arm
	}
	return fmt.Sprintf("%s · %.0f prompts/s · %d answered, %d failed · %v left",
		where, p.rate, now.Answered, now.Failed, now.Left.Round(time.Second))
}
