package outages

import (
	"math"
	"slices"
	"time"
)

// Outage is a time in which a server answered nothing, and the recovery from it.
type Outage struct {
	// From is the end of the first of at least inARow attempts that failed without one answered between
	// them, and To that of the first answered after them, at least shortest later.
	From, To time.Duration
	// Recovered is when the last disturbed prompt ended, or To if none ended later. Prompts are
	// considered in the order in which they were due: from From on until, after To, inARow in a row
	// are undisturbed. Whatever the server refuses until then is part of the recovery.
	Recovered time.Duration
	// Fate says whether Recovered is known.
	Fate Fate
	// Whole says that the load saw all of it: attempts were answered before From and after it. Another
	// began before the load or was not over at its end, and lasted longer than was seen.
	Whole bool
}

// Fate is what became of a recovery.
type Fate int

// What may become of a recovery.
const (
	Recovered Fate = iota
	// Unrecovered is not over when the load ends, and has lasted longer than any other until then.
	Unrecovered
	// Open is not over when the load ends, or holds a prompt that the harness ended. Without a To the
	// outage itself is not over.
	Open
)

// Outages returns the outages of the log in order. The load ended at the given time: a recovery that is
// not over then, and has lasted longer than any other, is unrecovered, because to leave it out would
// flatter the rest.
func (l *Log) Outages(end time.Duration) []Outage {
	var all []Outage
	longest, answered := time.Duration(-1), l.firstAnswered()
	for i := 0; i < len(l.steps); {
		from, to := l.nextOutage(i)
		if from == len(l.steps) {
			break
		}
		if to == len(l.steps) {
			all = append(all, Outage{From: l.steps[from].firstFailed, Fate: Open})
			break
		}
		var o Outage
		o, i = l.recovery(from, to)
		o.Whole = answered < o.From
		switch {
		case o.Fate == Recovered:
			longest = max(longest, o.Recovered-o.To)
		case i == len(l.steps) && end-o.To > longest && !l.cutSince(from):
			o.Fate = Unrecovered
		}
		all = append(all, o)
	}
	return all
}

// firstAnswered is when the first attempt was answered, or the longest time if none was.
func (l *Log) firstAnswered() time.Duration {
	for _, s := range l.steps {
		if s.answered > 0 {
			return s.firstAnswered
		}
	}
	return math.MaxInt64
}

// cutSince reports whether the harness ended a prompt that was due in a step or later.
func (l *Log) cutSince(i int) bool {
	return slices.ContainsFunc(l.steps[i:], func(s step) bool { return s.cut })
}

// nextOutage returns the steps in which the next outage begins and ends, from step i on; both are the
// number of steps if there is none that ends.
func (l *Log) nextOutage(i int) (from, to int) {
	failed := uint32(0)
	for ; i < len(l.steps); i++ {
		s := &l.steps[i]
		switch {
		case s.answered > 0 && failed >= inARow && s.firstAnswered-l.steps[from].firstFailed >= shortest:
			return from, i
		case s.answered > 0:
			failed = 0
		case s.failed > 0:
			if failed == 0 {
				from = i
			}
			failed += s.failed
		}
	}
	if failed < inARow || time.Duration(i-from)*l.step < shortest {
		from = i
	}
	return from, i
}

// recovery returns the outage from a step to another, and the step after that in which it was over.
func (l *Log) recovery(from, to int) (o Outage, over int) {
	o = Outage{From: l.steps[from].firstFailed, To: l.steps[to].firstAnswered, Fate: Open}
	o.Recovered = o.To
	well, cut := uint32(0), false // of the prompts so far
	for i := from; i < len(l.steps); i++ {
		s := &l.steps[i]
		cut = cut || s.cut
		switch {
		case s.disturbed > 0 || s.cut:
			well, o.Recovered = 0, max(o.Recovered, s.lastEnd)
		case i > to: // prompts due in the same step may have been due before
			well += s.well
		}
		if well >= inARow {
			if !cut {
				o.Fate = Recovered
			}
			return o, i + 1
		}
	}
	return o, len(l.steps)
}
