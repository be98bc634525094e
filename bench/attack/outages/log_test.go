package outages

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const ms = time.Millisecond

// load is a log of prompts due every 10 ms for so long, each of which ends 5 ms after it was due, but as
// told. Those that are disturbed failed until then.
type load struct {
	lasts time.Duration
	// until returns when a prompt that is due in an outage, or soon after, ends; the prompt is
	// disturbed if that is later than 5 ms after it was due.
	until func(due time.Duration) time.Duration
	// fails says when attempts fail.
	fails func(t time.Duration) bool
	cut   func(due time.Duration) bool
}

func (l load) log() *Log {
	log := &Log{}
	for due := time.Duration(0); due < l.lasts; due += 10 * ms {
		end := due + 5*ms
		if l.fails(end) {
			log.Attempt(end, Failed)
		} else {
			log.Attempt(end, Answered)
		}
		ended := max(l.until(due), end)
		if l.cut != nil && l.cut(due) {
			log.Cut(due)
			continue
		}
		log.Prompt(due, ended, ended > end || l.fails(ended))
	}
	return log
}

func between(t, from, to time.Duration) bool { return t >= from && t < to }

func TestOutages(t *testing.T) {
	down := func(windows ...[2]time.Duration) func(time.Duration) bool {
		return func(t time.Duration) bool {
			for _, w := range windows {
				if between(t, w[0], w[1]) {
					return true
				}
			}
			return false
		}
	}
	one := down([2]time.Duration{1000 * ms, 1500 * ms})
	two := down([2]time.Duration{1000 * ms, 1500 * ms}, [2]time.Duration{2000 * ms, 2500 * ms})
	asDue := func(due time.Duration) time.Duration { return due }
	// later ends what was due in an outage at a time.
	later := func(fails func(time.Duration) bool, at time.Duration) func(time.Duration) time.Duration {
		return func(due time.Duration) time.Duration {
			if fails(due + 5*ms) {
				return at
			}
			return due
		}
	}
	for _, c := range []struct {
		name string
		load load
		want []Outage
	}{
		{"none", load{2 * time.Second, asDue, down(), nil}, nil},
		{"nine failures in a row are none", load{2 * time.Second, asDue, down([2]time.Duration{1000 * ms, 1090 * ms}), nil}, nil},
		{"a long time in which few fail is none", load{2 * time.Second, asDue, func(t time.Duration) bool { return t%(100*ms) != 5*ms }, nil}, nil},
		{"ten are one", load{2 * time.Second, asDue, down([2]time.Duration{1000 * ms, 1100 * ms}), nil}, []Outage{{1005 * ms, 1105 * ms, 1105 * ms, Recovered, true}}},
		{"without retries it is over at once", load{2 * time.Second, asDue, one, nil}, []Outage{{1005 * ms, 1505 * ms, 1505 * ms, Recovered, true}}},
		{"retries end later", load{3 * time.Second, later(one, 1905*ms), one, nil}, []Outage{{1005 * ms, 1505 * ms, 1905 * ms, Recovered, true}}},
		{"prompts due afterwards are disturbed too", load{3 * time.Second, func(due time.Duration) time.Duration {
			if between(due, 1000*ms, 1800*ms) {
				return due + 20*ms
			}
			return due
		}, one, nil}, []Outage{{1005 * ms, 1505 * ms, 1810 * ms, Recovered, true}}},
		{"ten that are not disturbed end the recovery", load{3 * time.Second, func(due time.Duration) time.Duration {
			if due == 1540*ms || due == 1660*ms { // the second is the eleventh after the first
				return due + 50*ms
			}
			return due
		}, one, nil}, []Outage{{1005 * ms, 1505 * ms, 1590 * ms, Recovered, true}}},
		{"two", load{4 * time.Second, asDue, two, nil}, []Outage{{1005 * ms, 1505 * ms, 1505 * ms, Recovered, true}, {2005 * ms, 2505 * ms, 2505 * ms, Recovered, true}}},
		{"what was tried again ends in the next", load{5 * time.Second, later(one, 2100*ms), two, nil}, []Outage{{1005 * ms, 1505 * ms, 2100 * ms, Recovered, true}, {2005 * ms, 2505 * ms, 2505 * ms, Recovered, true}}},
		{"the next is part of a recovery", load{5 * time.Second, func(due time.Duration) time.Duration {
			if between(due, 1500*ms, 2000*ms) {
				return due + 30*ms
			}
			return due
		}, two, nil}, []Outage{{1005 * ms, 1505 * ms, 2505*ms - 10*ms, Recovered, true}}},
		{"an outage at the start", load{3 * time.Second, asDue, down([2]time.Duration{0, 500 * ms}), nil}, []Outage{{5 * ms, 505 * ms, 505 * ms, Recovered, false}}},
		{"an outage at the end", load{1400 * ms, asDue, one, nil}, []Outage{{From: 1005 * ms, Fate: Open}}},
		{"the only recovery is not over at the end", load{1550 * ms, asDue, one, nil}, []Outage{{1005 * ms, 1505 * ms, 1505 * ms, Unrecovered, true}}},
		{
			"a recovery is not over at the end, and was shorter than another",
			load{2550 * ms, later(down([2]time.Duration{1000 * ms, 1500 * ms}), 1700*ms), two, nil},
			[]Outage{{1005 * ms, 1505 * ms, 1700 * ms, Recovered, true}, {2005 * ms, 2505 * ms, 2505 * ms, Open, true}},
		},
		{
			"the harness ended a prompt",
			load{3 * time.Second, asDue, one, func(due time.Duration) bool { return due == 1200*ms }},
			[]Outage{{1005 * ms, 1505 * ms, 1505 * ms, Open, true}},
		},
	} {
		got := c.load.log().Outages(c.load.lasts)
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, expected %v", c.name, got, c.want)
			continue
		}
		for i, o := range got {
			if o != c.want[i] {
				t.Errorf("%s, outage %d: %+v, expected %+v", c.name, i+1, o, c.want[i])
			}
		}
	}
}

// The order in which hits come back does not matter, nor how long the log has become.
func TestLogWidens(t *testing.T) {
	one := func(t time.Duration) bool { return between(t, time.Second, 3*time.Second) }
	var l, shuffled Log
	type attempt struct {
		end    time.Duration
		ending Ending
	}
	var all []attempt
	for end := 5 * ms; end < 6*time.Second; end += 10 * ms {
		ending := Answered
		if one(end) {
			ending = Failed
		}
		all = append(all, attempt{end, ending})
		l.Attempt(end, ending)
		l.Prompt(end, end, one(end))
	}
	random := rand.New(rand.NewPCG(1, 2))
	for _, i := range random.Perm(len(all)) {
		shuffled.Attempt(all[i].end, all[i].ending)
		shuffled.Prompt(all[i].end, all[i].end, one(all[i].end))
	}
	const day = 24 * time.Hour
	for _, log := range []*Log{&l, &shuffled} {
		log.Attempt(day, Neither) // nothing to count
		if log.step != firstStep {
			t.Errorf("a step lasts %v", log.step)
		}
		before := log.Outages(6 * time.Second)
		log.Attempt(600*time.Second, Answered)
		if log.step != 40*ms || len(log.steps) > maxSteps {
			t.Errorf("after ten minutes a step lasts %v, and there are %d", log.step, len(log.steps))
		}
		after := log.Outages(600 * time.Second)
		if len(before) != 1 || len(after) != 1 || before[0].From != 1005*ms || before[0].To != 3005*ms {
			t.Fatalf("%v before, %v after", before, after)
		}
		if late := after[0].From - before[0].From; late < 0 || late > log.step || after[0].To != before[0].To {
			t.Errorf("%v before, %v after", before, after)
		}
	}
}

// Many attempts that fail within a short time are no outage.
func TestShortestOutage(t *testing.T) {
	var l Log
	for end := time.Duration(0); end < time.Second; end += ms {
		ending := Failed
		if end%(50*ms) == 0 {
			ending = Answered
		}
		l.Attempt(end, ending)
		l.Prompt(end, end, ending == Failed)
	}
	if all := l.Outages(time.Second); all != nil {
		t.Errorf("a server that answers every 50 ms has the outages %v", all)
	}
}

// A log whose steps were doubled holds what one with such steps from the start does.
func TestAWiderLogHoldsTheSame(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		fine, wide := Log{step: firstStep}, Log{step: 2 * firstStep}
		for range 1 + random.IntN(100) {
			at, later, kind := time.Duration(random.IntN(int(time.Second))), time.Duration(random.IntN(int(time.Second))), random.IntN(5)
			for _, l := range []*Log{&fine, &wide} {
				switch kind {
				case 0:
					l.Attempt(at, Answered)
				case 1:
					l.Attempt(at, Failed)
				case 2:
					l.Cut(at)
				default:
					l.Prompt(at, at+later, kind == 3)
				}
			}
		}
		if fine.widen(); !slices.Equal(fine.steps, wide.steps) || fine.step != wide.step {
			t.Fatalf("seed %d: widened to %+v, want %+v", seed, fine.steps, wide.steps)
		}
	}
}
