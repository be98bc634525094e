package bench

import (
	"math"
	"slices"
)

// search is a search for the highest rate at which all objectives hold.
type search struct {
	// from and to are the first and the highest rate to try, in prompts/s.
	from, to float64
	// precision is the relative width of the bracket at which the search ends, over 0.
	precision float64
	// confirm is the number of further probes that the answer must hold in, at least 1.
	confirm int
}

// bracket is the result of a search: low is the highest rate that held, or 0 if none
// did, and high the lowest rate above it that did not hold, or 0 if none was found.
type bracket struct {
	low, high float64
	// confirmed is true if low held in every confirming probe, and high failed twice or
	// failed a confirming probe.
	confirmed bool
}

// stride is the factor between successive rates until one does not hold.
const stride = 2

// run searches. probe reports whether a rate held; if ok is false, it could not be
// measured, and the search ends.
//
// The rate doubles from the first until one fails or the highest has held. Then the
// bracket between the last two is bisected, by the logarithm of the rate, down to the
// precision. Then both ends are tried again, because a probe is short and may hold or
// fail by chance. The lower end must hold in confirm more probes: if it fails one, it
// becomes the upper end for good, and the search continues below it. The upper end must
// fail a second time: if it holds instead, the search continues above it, at most once
// for each rate. So chance lowers the answer rather than raises it: a rate that holds
// three times in four is not the answer. A search that has not ended after maxProbes
// ends unconfirmed.
func (s search) run(probe func(rate float64) (held, ok bool)) bracket {
	t := &trials{search: s, probe: probe, left: s.maxProbes(), final: map[float64]bool{}}
	for t.narrow() {
		confirmed, ok := t.confirmEnds()
		if !ok {
			break
		}
		if confirmed {
			b := t.bracket()
			b.confirmed = true
			return b
		}
	}
	return t.bracket()
}

// maxProbesWithoutNoise returns the maximum number of probes if none is misleading.
func (s search) maxProbesWithoutNoise() int {
	doublings := math.Ceil(math.Log(s.to/s.from) / math.Log(stride))
	halvings := math.Ceil(math.Log2(math.Log(stride) / math.Log1p(s.precision)))
	return int(1+doublings+max(halvings, 0)) + s.confirm + 1
}

// maxProbes returns the number of probes after which any search ends.
func (s search) maxProbes() int { return 4 * s.maxProbesWithoutNoise() }

// trials is a search in progress.
type trials struct {
	search
	probe func(rate float64) (held, ok bool)
	left  int // probes
	// held and failed are the rates that held and failed, both ascending: the last that
	// held is the lower end of the bracket, the first that failed the upper end.
	held, failed []float64
	// final holds the rates that failed a confirming probe, which are not tried again.
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

// try probes a rate; ok is false if no probe is left.
func (t *trials) try(rate float64) (held, ok bool) {
	if t.left == 0 {
		return false, false
	}
	t.left--
	return t.probe(rate)
}

// narrow narrows the bracket to the precision; ok is false if the search must end.
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

// next returns the rate whose probe narrows the bracket, or false if it is narrow enough.
func (t *trials) next() (float64, bool) {
	switch b := t.bracket(); {
	case b.low == 0:
		return t.from, b.high == 0
	case b.high == 0:
		return min(b.low*stride, t.to), b.low < t.to
	default:
		return math.Sqrt(b.low * b.high), b.high > b.low*(1+t.precision)
	}
}

// confirmEnds tries both ends of the bracket again. confirmed is false if one moved.
func (t *trials) confirmEnds() (confirmed, ok bool) {
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
