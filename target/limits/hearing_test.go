package limits

import (
	"testing"
	"time"
)

func TestCost(t *testing.T) {
	c := Cost{Input: 30, Output: 4}
	for unit, want := range map[Unit]float64{Requests: 1, InputTokens: 30, OutputTokens: 4, Tokens: 34, Other: 0} {
		if got := c.of(unit); got != want {
			t.Errorf("it takes %v of unit %v, want %v", got, unit, want)
		}
	}
}

// What is not a limit of known units, with a number and what remains, holds nothing back, and neither
// does a number of 0, with which some servers say that there is none.
func TestHearsOnlyOfWholeLimits(t *testing.T) {
	for _, lines := range []string{
		"x-ratelimit-remaining-requests: 0\nx-ratelimit-reset-requests: 6s",
		"x-ratelimit-limit-requests: 10\nx-ratelimit-reset-requests: 6s",
		"x-ratelimit-limit-requests: 0\nx-ratelimit-remaining-requests: 0",
		"x-ratelimit-limit-neurons: 10\nx-ratelimit-remaining-neurons: 0\nx-ratelimit-reset-neurons: 6s",
	} {
		k := newKeeper(0.5)
		k.hear(noon, time.Time{}, k.take(noon, Cost{}), Parse(headers(lines), noon), true)
		if wait, why := k.wait(noon, Cost{}); wait != 0 || len(k.limits) > 0 {
			t.Errorf("%s\nwaits %v for %q", lines, wait, why)
		}
	}
}

// Of limits that hold back equally long, the first by name is told: not one by chance.
func TestTellsOneOfTwoLimits(t *testing.T) {
	const lines = "ratelimit: \"b\";r=0;t=30, \"a\";r=0;t=30\nratelimit-policy: \"a\";q=10, \"b\";q=10"
	for range 20 {
		k := newKeeper(0.5)
		k.hear(noon, time.Time{}, k.take(noon, Cost{}), Parse(headers(lines), noon), true)
		if wait, why := k.wait(noon, Cost{}); wait != 30*time.Second+time.Millisecond || why != "ratelimit a" {
			t.Fatalf("waits %v for %q", wait, why)
		}
	}
}

// A server that sends no Date says nothing of its clock: its moments are taken as ours.
func TestMomentsWithoutADate(t *testing.T) {
	k := newKeeper(0.5)
	k.hear(noon, time.Time{}, k.take(noon, Cost{}), Parse(headers("anthropic-ratelimit-requests-limit: 10\nanthropic-ratelimit-requests-remaining: 0\nanthropic-ratelimit-requests-reset: 2026-11-22T12:00:20Z"), noon), true)
	if wait, _ := k.wait(noon.Add(time.Millisecond), Cost{}); wait <= 10*time.Second || wait > 21*time.Second {
		t.Errorf("waits %v of the 20 s until the limit is whole", wait)
	}
}

// A limit that refuses although some of it should be left has come back more slowly than was learned.
func TestARefusalUnlearnsTheRate(t *testing.T) {
	const name = "x-ratelimit-requests"
	lines := func(remaining, reset string) []Limit {
		return Parse(headers("x-ratelimit-limit-requests: 100\nx-ratelimit-remaining-requests: "+remaining+"\nx-ratelimit-reset-requests: "+reset), noon)
	}
	k := newKeeper(1)
	first := k.take(noon, Cost{})
	k.hear(noon, time.Time{}, first, lines("40", "6s"), true) // 60 in 6 s
	if rate := k.limits[name].rate; rate < 9 || rate > 11 {
		t.Fatalf("learned a rate of %v/s", rate)
	}
	second := k.take(noon.Add(time.Second), Cost{})
	k.hear(noon.Add(time.Second), time.Time{}, second, lines("90", "6s"), true) // 10 in 6 s
	l := k.limits[name]
	if l.rate < 9 {
		t.Fatalf("forgot the rate: %v/s", l.rate)
	}
	k.refuse(noon.Add(time.Second), first, 0, name) // an answer to what left before the last that was heard tells nothing
	if l.rate < 9 || l.bucket.level <= 0 {
		t.Errorf("an old refusal: a rate of %v/s, and %v left", l.rate, l.bucket.level)
	}
	k.refuse(noon.Add(time.Second), second, 0, "another")
	if l.rate < 9 || l.bucket.level <= 0 {
		t.Errorf("a refusal by another limit: a rate of %v/s, and %v left", l.rate, l.bucket.level)
	}
	k.refuse(noon.Add(time.Second), second, 0, name)
	if l.rate < 1.6 || l.rate > 1.7 || l.bucket.level != 0 {
		t.Errorf("after the refusal: a rate of %v/s, and %v left; want 10 in 6 s and nothing", l.rate, l.bucket.level)
	}
}
