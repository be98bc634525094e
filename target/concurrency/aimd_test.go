package concurrency

import (
	"math"
	"testing"
)

func TestAIMD(t *testing.T) {
	start := func() *aimd { return &aimd{limit: 10, least: 2, most: 12, backoff: 0.5} }
	rounds := func(a *aimd, n int, e Ending, inFlight int) {
		for range n {
			var sent []uint64
			for range a.allowed() {
				sent = append(sent, a.enter())
			}
			for _, attempt := range sent {
				a.leave(attempt, e, inFlight)
			}
		}
	}
	for _, c := range []struct {
		name     string
		rounds   int
		ending   Ending
		inFlight int
		want     float64
	}{
		{"a round of answers adds about one", 1, Answered, 10, 10.96},
		{"it grows up to the most", 50, Answered, 10, 12},
		{"half in flight is in use, and more is not", 1, Answered, 5, 10.1},
		{"what is not used does not grow", 50, Answered, 4, 10},
		{"a round of refusals halves it once", 1, Overloaded, 10, 5},
		{"two rounds twice", 2, Overloaded, 10, 2.5},
		{"it shrinks down to the least", 50, Overloaded, 10, 2},
		{"other failures say nothing", 50, Neither, 10, 10},
	} {
		a := start()
		rounds(a, c.rounds, c.ending, c.inFlight)
		if math.Abs(a.limit-c.want) > 0.01 {
			t.Errorf("%s: the limit is %.3f, expected %.2f", c.name, a.limit, c.want)
		}
	}
}

// Attempts that left before a decrease neither grow the limit nor shrink it again.
func TestAIMDIgnoresWhatLeftBefore(t *testing.T) {
	a := &aimd{limit: 10, least: 1, most: 100, backoff: 0.5}
	first, second, third := a.enter(), a.enter(), a.enter()
	a.leave(first, Overloaded, 3)
	a.leave(second, Overloaded, 3)
	a.leave(third, Answered, 3)
	if a.limit != 5 {
		t.Errorf("the limit is %v, expected 5", a.limit)
	}
	a.leave(a.enter(), Overloaded, 3)
	if a.limit != 2.5 {
		t.Errorf("after another refusal it is %v, expected 2.5", a.limit)
	}
}

// Against a server that bears so many at once, the limit stays about there.
func TestAIMDFindsWhatTheServerBears(t *testing.T) {
	const bears = 40
	a := &aimd{limit: 5, least: 1, most: 1000, backoff: 0.9}
	sum, rounds := 0.0, 400
	for range rounds {
		var sent []uint64
		for range a.allowed() {
			sent = append(sent, a.enter())
		}
		for i, attempt := range sent {
			ending := Answered
			if i >= bears {
				ending = Overloaded
			}
			a.leave(attempt, ending, len(sent))
		}
		sum += a.limit
	}
	if mean := sum / float64(rounds); mean < 0.8*bears || mean > 1.05*bears {
		t.Errorf("the limit is %.1f on average, expected about %d", mean, bears)
	}
}
