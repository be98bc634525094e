package main

import (
	"fmt"
	"io"
	"sync"

	"weighbridge/reports"
)

// console is where a verb speaks to people, beside what was asked for: lines on
// stderr, and on a terminal a line of progress that is overwritten.
type console struct {
	w io.Writer
	// screen is what w shows at present: a terminal may change its width.
	screen func() reports.Screen
	// overwrites says that w can take a line back.
	overwrites     bool
	quiet, verbose bool

	mu sync.Mutex
	// passing says that a line of progress stands on the screen.
	passing bool
}

// newConsole speaks to w; environment is os.Getenv.
func newConsole(w io.Writer, environment func(string) string) *console {
	screen := func() reports.Screen { return screenOf(w, environment) }
	return &console{w: w, screen: screen, overwrites: screen().Width > 0 && !dumb(environment)}
}

// say prints a line, unless only errors are wanted.
func (c *console) say(format string, args ...any) {
	if c.quiet {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.takeBack()
	fmt.Fprintf(c.w, format+"\n", args...)
}

// always prints a line even if little is to be said: one that a machine reads.
func (c *console) always(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.takeBack()
	fmt.Fprintln(c.w, line)
}

// detail prints a line if much is to be said.
func (c *console) detail(format string, args ...any) {
	if c.verbose {
		c.say(format, args...)
	}
}

// pass shows a line until the next one, where it can be taken back.
func (c *console) pass(line string) {
	if c.quiet || !c.overwrites {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.takeBack()
	fmt.Fprint(c.w, line)
	c.passing = true
}

// clear takes the passing line back.
func (c *console) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.takeBack()
}

func (c *console) takeBack() {
	if c.passing {
		fmt.Fprint(c.w, "\r\x1b[K")
		c.passing = false
	}
}
