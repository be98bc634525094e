package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/creack/pty"

	"weighbridge/bench/forecast"
)

func TestOnlyYesGoesOn(t *testing.T) {
	for answer, goesOn := range map[string]bool{
		"y\n": true, "Y\n": true, "yes\n": true, " Yes \r\n": true, "y": true,
		"": false, "\n": false, "n\n": false, "no\n": false, "yep\n": false, "yn\n": false,
	} {
		var shown bytes.Buffer
		s := stdio{in: strings.NewReader(answer), err: &shown, console: newConsole(&shown, os.Getenv)}
		err := s.confirm(t.Context(), []string{"what will be sent"})
		if (err == nil) != goesOn || err != nil && !errors.Is(err, errDeclined) {
			t.Errorf("%q: %v", answer, err)
		}
		if want := "what will be sent\nGo on? [y/N] "; !strings.HasPrefix(shown.String(), want) {
			t.Errorf("%q: shown is %q", answer, &shown)
		}
	}
}

func TestNothingIsAskedOnLoopback(t *testing.T) {
	var shown bytes.Buffer
	s := stdio{in: strings.NewReader(""), err: &shown, console: newConsole(&shown, os.Getenv)}
	if err := s.confirm(t.Context(), nil); err != nil || shown.Len() > 0 {
		t.Errorf("%v, %q", err, &shown)
	}
}

// An interrupt ends the wait for an answer.
func TestConcurrentInterruptWhileAsking(t *testing.T) {
	from, to := io.Pipe()
	defer to.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var shown bytes.Buffer
	s := stdio{in: from, err: &shown, console: newConsole(&shown, os.Getenv)}
	if err := s.confirm(ctx, []string{"x"}); !errors.Is(err, errInterrupted) {
		t.Error(err)
	}
}

func TestWhatIsAsked(t *testing.T) {
	n := func(v float64) *float64 { return &v }
	for want, total := range map[string]forecast.Amounts{
		"about 21 attempts":                      {Attempts: forecast.Figure{Expected: n(21), Most: n(21)}},
		"about 2,100 attempts (at most 4,200)":   {Attempts: forecast.Figure{Expected: n(2100), Most: n(4200)}},
		"at most 100 attempts, at most 2.00 USD": {Attempts: forecast.Figure{Least: n(3), Most: n(100)}, USD: forecast.Figure{Most: n(2)}},
		"an unknown number of attempts":          {},
	} {
		got := askedText(&forecast.Forecast{Scenario: "s", Hosts: []string{"https://a.example:443"}, Total: total})
		if got != "s will send to https://a.example:443: "+want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// On a terminal a run off loopback asks; here a name stands for a server on loopback.
func TestConcurrentAskingOnATerminal(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "remote.yaml")
	write(t, file, `name: remote
target: {dialect: http, url: "http://api.example.test:1", auth: {scheme: none}}
load: {warmup: 0s, ready: 0s, open: {rate: 10, arrivals: constant, duration: 100ms}}
budget: {requests: 20}
client: {resolve: {api.example.test: 127.0.0.1}}
`)
	for answer, want := range map[string]string{"n\n": "not started: nothing was sent", "y\n": "nothing succeeded in the warm-up"} {
		cmd := exec.Command("weighbridge", "run", file, "--allow-host", "api.example.test", "--out", filepath.Join(t.TempDir(), "out"))
		screen, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 200})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(screen, answer); err != nil {
			t.Fatal(err)
		}
		shown, _ := io.ReadAll(screen) // ends with EIO once the command has
		screen.Close()
		err = cmd.Wait()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != exitFailed || !strings.Contains(string(shown), want) {
			t.Errorf("%q: %v\n%s", answer, err, shown)
		}
		if !strings.Contains(string(shown), "remote will send to http://api.example.test:1: about 2 attempts (at most 13)") ||
			!strings.Contains(string(shown), "Go on? [y/N] ") {
			t.Errorf("%q: shown is %s", answer, shown)
		}
	}
}
