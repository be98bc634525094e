package limits

import (
	"math"
	"time"
)

// kept is one limit that is kept to.
type kept struct {
	unit    Unit
	limit   float64
	gradual bool
	// rate is how much of a gradual limit comes back per second: as much as answers prove, which is
	// proven at least and possible at most, or else what it is if the limit is per minute.
	rate, proven, possible float64
	// left is what remained of the limit at the time told, not counting the attempts after a total of
	// counted; span is how long after that it is whole again.
	left, counted float64
	told          time.Time
	span          time.Duration
	// passed says that the limit has become whole again since an answer told of it.
	passed bool
	bucket bucket
}

// learn takes over what an answer tells. whole is the longest time until the limit is whole again.
func (l *kept) learn(now time.Time, t taking, told Limit, whole time.Duration) {
	limit, left := float64(*told.Limit), float64(*told.Remaining)
	if limit != l.limit {
		l.limit, l.proven, l.possible = limit, 0, math.Inf(1)
	}
	l.left, l.counted, l.told, l.passed = math.Min(left, limit), t.countedIn(l.unit, told.Gradual), now, false
	l.span, l.gradual = max(whole, leastSpan), told.Gradual
	if whole == 0 {
		l.span = usualSpan
	}
	used, rounding := limit-left, math.Max(float64(told.Rounding), 1)
	if whole > 0 && used > rounding {
		l.proven = math.Max(l.proven, (used-rounding)/whole.Seconds())
	}
	if least := resetOf(told) - rounded(told); least > 0 {
		l.possible = math.Min(l.possible, (used+rounding)/least.Seconds())
	}
	l.setRate()
}

// setRate sets the rate.
func (l *kept) setRate() {
	l.rate = math.Max(l.proven, math.Min(l.possible, l.limit/usualSpan.Seconds()))
}

// rounded is by how much a reset may be off.
func rounded(told Limit) time.Duration {
	if told.ResetAt.IsZero() {
		return time.Millisecond
	}
	return otherClock
}

// advance fills up what comes back with time.
func (l *kept) advance(now time.Time, k *keeper) {
	if now.Sub(l.told) >= l.span {
		if l.passed && k.open == 0 {
			l.counted = k.taken[l.unit] // no answer will tell of those attempts
		}
		l.left, l.told, l.span, l.passed = l.limit, now, usualSpan, true
	}
	if elapsed := now.Sub(l.bucket.updated).Seconds(); elapsed > 0 {
		l.bucket.level = math.Min(l.most(k.share), l.bucket.level+elapsed*k.share*l.rate)
		l.bucket.updated = now
	}
}

// most is what may be taken of the limit at once.
func (l *kept) most(share float64) float64 { return share * l.limit }

// wait is how long an attempt that needs so much has to wait. One that needs more than the share
// waits until all of that is there.
func (l *kept) wait(share, taken, need float64, now time.Time) time.Duration {
	need = math.Min(need, l.most(share))
	left := l.left
	if l.gradual {
		left = math.Min(l.limit, left+now.Sub(l.told).Seconds()*l.rate)
	}
	whole := l.span - now.Sub(l.told)
	// The rest of the limit, besides the share, stays untouched.
	wait := l.until((1-share)*l.limit+need-(left-(taken-l.counted)), l.rate, whole)
	if l.gradual {
		wait = max(wait, l.until(need-l.bucket.level, share*l.rate, whole))
	}
	return wait
}

// until is how long it takes until what is lacking has come back, at a rate, or at the latest when
// the limit is whole again.
func (l *kept) until(lacking, rate float64, whole time.Duration) time.Duration {
	const rounding = 1e-6
	if lacking <= rounding {
		return 0
	}
	whole = max(whole, leastSpan)
	if !l.gradual || lacking/rate > whole.Seconds() {
		return whole
	}
	return max(time.Duration(lacking/rate*float64(time.Second)), time.Microsecond)
}
