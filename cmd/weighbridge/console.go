package main

import (
	"fmt"
	"io"
	"sync"

	"weighbridge/reports"
	"weighbridge/target"
)

// console prints messages for people on stderr, apart from the output that was asked
// for. On a terminal it also shows one line of progress that is overwritten.
type console struct {
	w io.Writer
	// screen returns what w can show now, as a terminal may change its width.
	screen func() reports.Screen
	// canErase says that a printed line can be erased again.
	canErase       bool
	quiet, verbose bool
	// secrets are kept out of every line.
	secrets *target.Redactor

	mu sync.Mutex
	// progressShown says that the last line on the screen is progress.
	progressShown bool
}

// newConsole returns a console that prints to w; environment is os.Getenv.
func newConsole(w io.Writer, environment func(string) string) *console {
	screen := func() reports.Screen { return screenOf(w, environment) }
	return &console{w: w, screen: screen, canErase: screen().Width > 0 && !isDumb(environment)}
}

// printf prints a line, unless --quiet is given.
func (c *console) printf(format string, args ...any) {
	if c.quiet {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eraseProgress()
	fmt.Fprintln(c.w, c.secrets.Redact(withoutCommands(fmt.Sprintf(format, args...))))
}

// println prints a line even with --quiet, for lines that a machine reads.
func (c *console) println(line string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eraseProgress()
	fmt.Fprintln(c.w, c.secrets.Redact(line))
}

// verbosef prints a line if --verbose is given.
func (c *console) verbosef(format string, args ...any) {
	if c.verbose {
		c.printf(format, args...)
	}
}

// showProgress shows a line until the next one is printed, if it can be erased.
func (c *console) showProgress(line string) {
	if c.quiet || !c.canErase {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eraseProgress()
	fmt.Fprint(c.w, line)
	c.progressShown = true
}

// clearProgress erases the line of progress.
func (c *console) clearProgress() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.eraseProgress()
}

func (c *console) eraseProgress() {
	if c.progressShown {
		fmt.Fprint(c.w, "\r\x1b[K")
		c.progressShown = false
	}
}
