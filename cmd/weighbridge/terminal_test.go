package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/creack/pty"

	"weighbridge/reports"
	"weighbridge/scenarios/tree"
	"weighbridge/target"
)

// tiny is a scenario that is short, but long enough to show progress.
const tiny = `name: tiny
title: A title that is longer than the terminal of the test is wide, to be folded
target: {dialect: article}
load: {warmup: 50ms, open: {rate: 100, duration: 300ms}, closed: {in_flight: 2, duration: 100ms, ramp: 10ms}}
experiment: {blocks: 2}
mock: {latency: {request: 1ms}, faults: {errors: {500: 0.2}}}
matrix:
  protocol:
    h1: {client.protocol: http/1.1}
    h2: {client.protocol: http/2}
`

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestUseColour(t *testing.T) {
	for _, c := range []struct {
		vars map[string]string
		want bool
	}{
		{nil, true},
		{map[string]string{"TERM": "xterm-256color"}, true},
		{map[string]string{"TERM": "dumb"}, false},
		{map[string]string{"NO_COLOR": "1"}, false},
		{map[string]string{"NO_COLOR": ""}, true},
	} {
		if got := useColour(environment(c.vars)); got != c.want {
			t.Errorf("%v: colour is %v", c.vars, got)
		}
	}
	if got := screenOf(&bytes.Buffer{}, environment(nil)); got != (reports.Screen{}) {
		t.Errorf("a buffer is taken for the screen %+v", got)
	}
}

var (
	control = regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
	colour  = regexp.MustCompile("\x1b\\[[0-9;]+m")
)

func TestConcurrentRunOnATerminal(t *testing.T) {
	t.Parallel()
	tryOnTerminal(t, "terminal", onATerminal{env: []string{"TERM=xterm"}, colour: true, progress: true})
}

func TestRunOnOtherTerminals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]onATerminal{
		"NO_COLOR": {env: []string{"TERM=xterm", "NO_COLOR=1"}, progress: true},
		"dumb":     {env: []string{"TERM=dumb"}},
		"quiet":    {env: []string{"TERM=xterm"}, args: []string{"--quiet"}, colour: true},
	} {
		tryOnTerminal(t, name, c)
	}
}

// onATerminal is a run on a terminal, and what shall be seen there.
type onATerminal struct {
	env, args        []string
	colour, progress bool
}

func tryOnTerminal(t *testing.T, name string, c onATerminal) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "tiny.yaml")
	if err := os.WriteFile(file, []byte(tiny), 0o644); err != nil {
		t.Fatal(err)
	}
	text := onTerminal(t, 64, c.env, append([]string{"run", file, "--out", t.TempDir()}, c.args...))
	if got := colour.MatchString(text); got != c.colour {
		t.Errorf("%s: colour is %v:\n%q", name, got, text)
	}
	if got := strings.Contains(text, "\r\x1b[K"); got != c.progress {
		t.Errorf("%s: progress that is overwritten is %v:\n%q", name, got, text)
	}
	if got := strings.Contains(text, "prompts/s · "); got != c.progress {
		t.Errorf("%s: progress is %v:\n%q", name, got, text)
	}
	for _, line := range strings.FieldsFunc(text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		line = control.ReplaceAllString(line, "")
		if n := utf8.RuneCountInString(line); n > 64 && !strings.HasPrefix(line, "wrote ") {
			t.Errorf("%s: a line of %d columns: %s", name, n, line)
		}
	}
	if !strings.Contains(text, "error rate") {
		t.Errorf("%s: no table:\n%s", name, text)
	}
}

// onTerminal runs weighbridge on a terminal and returns all that it showed.
func onTerminal(t *testing.T, columns uint16, env, args []string) string {
	t.Helper()
	cmd := exec.Command("weighbridge", args...)
	cmd.Env = append(os.Environ(), env...)
	screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: columns})
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	shown, _ := io.ReadAll(screen) // ends with EIO once the command has
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v:\n%s", err, shown)
	}
	return string(shown)
}

// A line of a scenario that an error quotes is no command to a CI service.
func TestErrorsAreNoCommands(t *testing.T) {
	var out bytes.Buffer
	err := tree.Errors{{File: "a.yaml", Line: 1, Column: 1, Message: "wrong ##[error]x\x1b[2J", Excerpt: "::stop-commands::x\n^"}}
	printError(usageError{err}, &out, &target.Redactor{})
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(strings.TrimSpace(line), "::") || strings.Contains(line, "##[") || strings.Contains(line, "\x1b") {
			t.Errorf("the line is %q", line)
		}
	}
}
