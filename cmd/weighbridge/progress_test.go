package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"weighbridge/bench"
	"weighbridge/reports"
)

func running() bench.Progress {
	return bench.Progress{
		Phase: "closed", Arm: "batching=single", Block: 3, Blocks: 15, Answered: 1200, Failed: 7,
		InFlight: 40, P50: 23 * time.Millisecond, P99: 41 * time.Millisecond,
		Elapsed: 10 * time.Second, Left: 83 * time.Second,
	}
}

func TestProgressLineNeverWraps(t *testing.T) {
	p := &progress{to: &console{}, rate: 812}
	whole := "block 3/15 closed batching=single · 812 prompts/s · 40 in flight · p50 23ms, p99 41ms · 1200 answered, 7 failed · 1m23s left"
	if got := p.line(running(), reports.Screen{}); got != whole {
		t.Errorf("%q, want %q", got, whole)
	}
	const end = " · 1m23s left"
	for width := 1; width < 150; width++ {
		got := p.line(running(), reports.Screen{Width: width})
		if n := utf8.RuneCountInString(got); n != min(width-1, utf8.RuneCountInString(whole)) {
			t.Errorf("width %d: %q has %d characters", width, got, n)
		}
		switch begin, _, cut := strings.Cut(got, "…"); {
		case !cut && got != whole && !strings.HasSuffix(end, got): // only what is left of the end
			t.Errorf("width %d: %q", width, got)
		case cut && (!strings.HasPrefix(whole, begin) || !strings.HasSuffix(got, end)):
			t.Errorf("width %d: %q", width, got)
		}
	}
	if got, want := p.line(running(), reports.Screen{Width: 40}), "block 3/15 closed batchin… · 1m23s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	red := reports.Screen{Width: 200, Colour: true}
	if got, want := p.line(running(), red), strings.Replace(whole, "7 failed", red.Doubt("7 failed"), 1); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestProgressOfAnOverload(t *testing.T) {
	now := running()
	now.CutOff, now.Queued = 30, 300
	want := "block 3/15 closed batching=single · 812 prompts/s · 40 in flight, 300 waiting for a slot · p50 23ms, p99 41ms · 1200 answered, 7 failed, 30 cut off · 1m23s left"
	if got := (&progress{to: &console{}, rate: 812}).line(now, reports.Screen{}); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestProgressNamesTheProbe(t *testing.T) {
	now := running()
	now.Phase, now.Probe, now.Rate = "capacity", 5, 198.4342
	want := "capacity, probe 5 at 198.4/s batching=single · 812 prompts/s · 40 in flight · p50 23ms, p99 41ms · 1200 answered, 7 failed · 1m23s left"
	if got := (&progress{to: &console{}, rate: 812}).line(now, reports.Screen{}); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestProgressSaysWhatItWaitsFor(t *testing.T) {
	var out bytes.Buffer
	p := &progress{to: &console{w: &out}}
	now := bench.Progress{Phase: "warmup", Waiting: "503 Loading model", Elapsed: 250 * time.Millisecond}
	for range 30 { // at once, and then every five seconds
		p.observe(now)
		now.Elapsed += 250 * time.Millisecond
	}
	want := "waiting for the server: 503 Loading model · 0s\nwaiting for the server: 503 Loading model · 5s\n"
	if out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	if got := p.line(now, reports.Screen{Width: 20}); got != "waiting for t… · 8s" {
		t.Errorf("%q", got)
	}
}

func TestProgressNamesTheDrain(t *testing.T) {
	now := running()
	for left, says := range map[time.Duration]string{
		28400 * time.Millisecond: "block 3/15 closed batching=single, waiting at most 28s for answers (load.drain) · 812",
		900 * time.Millisecond:   "block 3/15 closed batching=single · 812",
	} {
		now.Draining = left
		if got := (&progress{to: &console{}, rate: 812}).line(now, reports.Screen{}); !strings.HasPrefix(got, says) {
			t.Errorf("%q, want %q", got, says)
		}
	}
}

func TestConsole(t *testing.T) {
	for name, c := range map[string]struct {
		console *console
		want    string
	}{
		"pipe":     {&console{}, "block 3/15 closed batching=single · 0 prompts/s · 40 in flight · p50 23ms, p99 41ms · 1200 answered, 7 failed · 1m23s left\nsaid\n"},
		"quiet":    {&console{quiet: true}, ""},
		"verbose":  {&console{verbose: true}, "block 3/15 closed batching=single · 0 prompts/s · 40 in flight · p50 23ms, p99 41ms · 1200 answered, 7 failed · 1m23s left\nsaid\ndetail\n"},
		"terminal": {&console{canErase: true}, " · 1m23s left\r\x1b[Ksaid\n"},
		"silent":   {&console{canErase: true, quiet: true}, ""},
	} {
		var out bytes.Buffer
		to := c.console
		to.w, to.screen = &out, func() reports.Screen { return reports.Screen{Width: 14} }
		p := progress{to: to, last: running()}
		p.observe(running())
		to.printf("%s", "said")
		to.verbosef("detail")
		to.clearProgress()
		if out.String() != c.want {
			t.Errorf("%s: %q, want %q", name, out.String(), c.want)
		}
	}
}
