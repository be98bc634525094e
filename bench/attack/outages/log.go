// Package outages finds the times in which a server answered nothing, and how long it took until its
// clients were well again.
package outages

import (
	"slices"
	"time"
)

const (
	// inARow is how many attempts in a row must have failed for an outage, and how many prompts in a
	// row must have been well for the end of a recovery.
	inARow = 10
	// shortest is how long an outage lasts at least. A rate limit that answers one attempt in twenty
	// refuses many in a row, but not for long.
	shortest = 100 * time.Millisecond
	// firstStep is the resolution at first; it doubles as often as a log has more than maxSteps.
	firstStep = 10 * time.Millisecond
	maxSteps  = 20_000
)

// Ending is how an attempt ended.
type Ending int

// How attempts end.
const (
	// Neither says nothing about the server, as when the harness ended the attempt.
	Neither Ending = iota
	// Answered is any answer but one of an overloaded or broken server.
	Answered
	// Failed is a failure that may pass: 429, 408 and from 500 on, or no answer.
	Failed
)

// Log counts the attempts and the prompts of one open load. Its times count from the start of that.
type Log struct {
	step  time.Duration
	steps []step
}

// step is what happened in a short time.
type step struct {
	// answered and failed are attempts by when they ended, firstAnswered and firstFailed the first of each.
	answered, failed           uint32
	firstAnswered, firstFailed time.Duration
	// well and disturbed are prompts by when they were due, and lastEnd is when the last of the
	// disturbed ended. cut says that the harness ended one.
	well, disturbed uint32
	lastEnd         time.Duration
	cut             bool
}

// Attempt counts an attempt that ended at the given time.
func (l *Log) Attempt(end time.Duration, e Ending) {
	if e == Neither {
		return
	}
	s := l.at(end)
	if e == Answered {
		s.firstAnswered = earliest(s.answered, s.firstAnswered, end)
		s.answered++
		return
	}
	s.firstFailed = earliest(s.failed, s.firstFailed, end)
	s.failed++
}

// Prompt counts a prompt that was due and ended at the given times. One is disturbed that failed, that
// took several attempts, or that missed its objective.
func (l *Log) Prompt(due, end time.Duration, disturbed bool) {
	s := l.at(due)
	if !disturbed {
		s.well++
		return
	}
	s.disturbed++
	s.lastEnd = max(s.lastEnd, end)
}

// Cut counts a prompt that was due at the given time and that the harness ended.
func (l *Log) Cut(due time.Duration) { l.at(due).cut = true }

func earliest(n uint32, first, next time.Duration) time.Duration {
	if n == 0 {
		return next
	}
	return min(first, next)
}

// at returns the step of a time.
func (l *Log) at(t time.Duration) *step {
	if l.step == 0 {
		l.step = firstStep
	}
	t = max(t, 0)
	for t/l.step >= maxSteps {
		l.widen()
	}
	if i := int(t / l.step); i >= len(l.steps) {
		l.steps = append(l.steps, make([]step, i+1-len(l.steps))...)
	}
	return &l.steps[t/l.step]
}

// widen doubles the length of a step.
func (l *Log) widen() {
	for i := range (len(l.steps) + 1) / 2 {
		sum := l.steps[2*i]
		if 2*i+1 < len(l.steps) {
			sum.add(l.steps[2*i+1])
		}
		l.steps[i] = sum
	}
	l.steps = slices.Clip(l.steps[:(len(l.steps)+1)/2])
	l.step *= 2
}

// add adds the step after.
func (s *step) add(next step) {
	if next.answered > 0 {
		s.firstAnswered = earliest(s.answered, s.firstAnswered, next.firstAnswered)
	}
	if next.failed > 0 {
		s.firstFailed = earliest(s.failed, s.firstFailed, next.firstFailed)
	}
	s.answered += next.answered
	s.failed += next.failed
	s.well += next.well
	s.disturbed += next.disturbed
	s.lastEnd = max(s.lastEnd, next.lastEnd)
	s.cut = s.cut || next.cut
}
