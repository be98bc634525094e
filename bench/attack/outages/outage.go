package outages

import "time"

// Outage is a time in which a server answered nothing, and the recovery from it.
type Outage struct {
	// From is the end of the first of at least InARow attempts that failed without one answered between
	// them, and To that of the first answered after them.
	From, To time.Duration
	// Recovered is when the last of the prompts ended that were disturbed: of those due between From
	// and the first InARow prompts in a row, in the order in which they were due, that were not, due
	// after To. It is To where none ended later.
	Recovered time.Duration
	// Fate says whether Recovered is known.
	Fate Fate
}

// Fate is what became of a recovery.
type Fate int

// What may become of a recovery.
const (
	Recovered Fate = iota
	// Unrecovered is not over when the next outage begins.
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
	longest := time.Duration(-1)
	for i := 0; i < len(l.steps); {
		from, to := l.nextOutage(i)
		if from == len(l.steps) {
			break
		}
		if to == len(l.steps) {
			all = append(all, Outage{From: l.steps[from].firstFailed, Fate: Open})
			break
		}
		next, _ := l.nextOutage(to)
		o := l.recovery(from, to, next)
		if o.Fate == Recovered {
			longest = max(longest, o.Recovered-o.To)
		}
		all = append(all, o)
		i = to
	}
	for i, o := range all {
		if o.Fate == Open && o.To > 0 && end-o.To > longest && !l.cutSince(o.From) {
			all[i].Fate = Unrecovered
		}
	}
	return all
}

// cutSince reports whether the harness ended a prompt that was due at a time or later.
func (l *Log) cutSince(t time.Duration) bool {
	for i := int(max(t, 0) / l.step); i < len(l.steps); i++ {
		if l.steps[i].cut {
			return true
		}
	}
	return false
}

// nextOutage returns the steps in which the next outage begins and ends, from step i on; both are the
// number of steps if there is none that ends.
func (l *Log) nextOutage(i int) (from, to int) {
	failed := uint32(0)
	for ; i < len(l.steps); i++ {
		s := &l.steps[i]
		switch {
		case s.answered > 0 && failed >= InARow:
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
	if failed < InARow {
		from = i
	}
	return from, i
}

// recovery returns the outage from a step to another, of which the next outage begins in a later step.
func (l *Log) recovery(from, to, next int) Outage {
	o := Outage{From: l.steps[from].firstFailed, To: l.steps[to].firstAnswered, Fate: Open}
	o.Recovered = o.To
	well, cut, last := uint32(0), false, o.To // of the prompts so far
	for i := from; i < next; i++ {
		s := &l.steps[i]
		if s.disturbed > 0 || s.cut {
			well, last, cut = 0, max(last, s.lastEnd), cut || s.cut
			o.Recovered = last
		}
		if i <= to { // prompts due in the same step may have been due before
			continue
		}
		if s.disturbed == 0 {
			well += s.well
		}
		if well >= InARow {
			o.Fate = Recovered
			break
		}
	}
	switch {
	case o.Fate == Recovered && next < len(l.steps) && o.Recovered > l.steps[next].firstFailed, o.Fate == Open && next < len(l.steps):
		o.Fate = Unrecovered
	case cut:
		o.Fate = Open
	}
	return o
}
