package bench

import (
	"math"
	"slices"
)

// search is a search for the highest rate at which all objectives hold.
type search struct {
	// from and to are the first and the highest rate tried.
	from, to float64
	// precision is the relative width of the bracket at which it ends, over 0.
	precision float64
	// confirm is how many more probes the answer must hold in, at least 1.
	confirm int
}

// bracket is what a search found: low is the highest rate that held, 0 where none
// did, and high the lowest above it that did not, 0 where none was found.
type bracket struct {
	low, high float64
	// confirmed says that low held in every confirming probe, and that high failed twice or did not hold when it was confirmed.
	confirmed bool
}

// growth is the factor between rates while every one of them holds.
const growth = 2

// run searches: probe says whether a rate held, and false for ok where it could not
// be measured, which ends the search.
//
// The rate doubles from the first until one fails or the last has held, and the
// bracket between the two is halved, in log rate, down to the precision. Then both
// ends are tried again, since a probe is short and noise can make it fail or
// hold. The lower end must hold in confirm more probes: if it fails one, it is the
// new upper end for good, and the search goes on below it. The upper end must fail
// a second time: if it holds then, the search goes on above it, once for each rate.
// Noise errs on the low side: a rate that holds three times in four is no answer.
// A search that has not settled after most probes ends unconfirmed.
func (s search) run(probe func(rate float64) (held, ok bool)) bracket {
	t := &trials{search: s, probe: probe, left: s.most(), final: map[float64]bool{}}
	for t.narrow() {
		settled, ok := t.settle()
		if !ok {
			break
		}
		if settled {
			b := t.bracket()
			b.confirmed = true
			return b
		}
	}
	return t.bracket()
}

// quiet is how many probes a search takes at most where no probe misleads it.
func (s search) quiet() int {
	doublings := math.Ceil(math.Log(s.to/s.from) / math.Log(growth))
	halvings := math.Ceil(math.Log2(math.Log(growth) / math.Log1p(s.precision)))
	return int(1+doublings+max(halvings, 0)) + s.confirm + 1
}

// most bounds the probes of any search.
func (s search) most() int { return 4 * s.quiet() }

// trials are a search under way.
type trials struct {
	search
	probe func(rate float64) (held, ok bool)
	left  int
	// held and failed are the rates that bound the answer, both ascending: the last
	// that held is the lower end, the first that failed the upper one.
	held, failed []float64
	// final are the rates that did not hold when they were confirmed: no second look raises them.
	final map[float64]bool
}

func (t *trials) bracket() bracket {
	var b bracket
	if n := len(t.held); n > 0 {
		b.low = t.held[n-1]
	}
	if len(t.failed) > 0 {
		b.high = t.failed[0]
	}
	return b
}

// try probes a rate, unless the probes are used up.
func (t *trials) try(rate float64) (held, ok bool) {
	if t.left == 0 {
		return false, false
	}
	t.left--
	return t.probe(rate)
}

// narrow brackets the answer to the precision.
func (t *trials) narrow() (ok bool) {
	for {
		rate, more := t.next()
		if !more {
			return true
		}
		held, ok := t.try(rate)
		switch {
		case !ok:
			return false
		case held:
			t.held = append(t.held, rate)
		default:
			t.failed = slices.Insert(t.failed, 0, rate)
		}
	}
}

// next is the rate to try to narrow the bracket; false where it is narrow enough.
func (t *trials) next() (float64, bool) {
	switch b := t.bracket(); {
	case b.low == 0:
		return t.from, b.high == 0
	case b.high == 0:
		return min(b.low*growth, t.to), b.low < t.to
	default:
		return math.Sqrt(b.low * b.high), b.high > b.low*(1+t.precision)
	}
}

// settle tries both ends again. They are not settled where one of them moved.
func (t *trials) settle() (settled, ok bool) {
	b := t.bracket()
	for n := 0; n < t.confirm && b.low > 0; n++ {
		held, ok := t.try(b.low)
		if !ok {
			return false, false
		}
		if !held {
			t.held = t.held[:len(t.held)-1]
			t.failed = slices.Insert(t.failed, 0, b.low)
			t.final[b.low] = true
			return false, true
		}
	}
	if b.high == 0 || t.final[b.high] {
		return true, true
	}
	held, ok := t.try(b.high)
	if ok && held {
		t.failed = t.failed[1:]
		t.held = append(t.held, b.high)
	}
	return !held, ok
}
