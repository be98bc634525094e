package limits

import (
	"math"
	"time"
)

// Cost is what an attempt takes of limits besides a request: its tokens.
type Cost struct{ Input, Output uint64 }

// of is what an attempt takes of a limit that counts a unit.
func (c Cost) of(unit Unit) float64 {
	switch unit {
	case Requests:
		return 1
	case InputTokens:
		return float64(c.Input)
	case OutputTokens:
		return float64(c.Output)
	case Tokens:
		return float64(c.Input) + float64(c.Output)
	}
	return 0
}

// units is the number of units.
const units = int(Tokens) + 1

// counts are totals by unit.
type counts [units]float64

// keeper decides when attempts may leave so that no more than a share of each limit is used. It
// learns the limits from answers. It knows no clock: times are arguments, and do not go back.
type keeper struct {
	share  float64
	limits map[string]*kept
	// taken is what all attempts so far may have taken, unheard the part of it whose answers have not
	// come, and seq the number of attempts.
	taken, unheard counts
	seq            uint64
	// open is the number of attempts that are not settled, and known says that an answer has told of
	// limits, or that there are none to be told of.
	open  int
	known bool
	// until is when attempts may leave again after a refusal, which by names the limit of.
	until   time.Time
	untilBy string
	// ahead is by how much the server's clock is ahead of ours at least, as far as is known.
	ahead   time.Duration
	aheadOf bool // it is known
}

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

// bucket is what may still be taken of the share of a gradual limit, as from a token bucket.
type bucket struct {
	level   float64
	updated time.Time
	// peaks are the levels before each attempt was taken, without levels that a later one exceeds: they
	// tell how full the bucket has been since any attempt.
	peaks []peak
}

type peak struct {
	seq   uint64
	level float64
}

// taking is an attempt that may leave.
type taking struct {
	seq  uint64
	cost Cost
	// taken is the sum that attempts have taken, this one included. counted is the part that the server has
	// surely counted when it answers: this attempt and all that had been answered when it left. Other
	// attempts may reach the server in another order.
	taken, counted counts
	at             time.Time
}

const (
	// usualSpan is the assumed time until a limit is whole again if answers do not say: the limits
	// of Anthropic and OpenAI are per minute.
	usualSpan = time.Minute
	// leastSpan is the least time after which a limit is taken to be whole again.
	leastSpan = 10 * time.Millisecond
	// mostPeaks bounds the memory of a bucket.
	mostPeaks = 1024
	// FirstAnswer and Refused are why attempts wait other than for a limit: until an answer has told
	// the limits, only one leaves at a time; and after a refusal that names no limit.
	FirstAnswer = "first answer"
	Refused     = "Retry-After"
)

func newKeeper(share float64) *keeper { return &keeper{share: share, limits: map[string]*kept{}} }

// wait returns how long an attempt has to wait at least, and for what: the name of the limit, or
// FirstAnswer or Refused; 0 if it may leave now. news may shorten it.
func (k *keeper) wait(now time.Time, c Cost) (wait time.Duration, why string) {
	if !k.known && k.open > 0 {
		return usualSpan, FirstAnswer
	}
	if wait = k.until.Sub(now); wait > 0 {
		why = k.untilBy
	} else {
		wait = 0
	}
	for name, l := range k.limits {
		need := c.of(l.unit)
		if need == 0 {
			continue
		}
		l.advance(now, k)
		if w := l.wait(k.share, k.taken[l.unit], need, now); w > wait || w == wait && w > 0 && name < why {
			wait, why = w, name
		}
	}
	return wait, why
}

// take takes an attempt, which may leave now.
func (k *keeper) take(now time.Time, c Cost) taking {
	k.seq++
	k.open++
	t := taking{seq: k.seq, cost: c, at: now}
	for unit := range k.taken {
		need := c.of(Unit(unit))
		k.taken[unit] += need
		t.counted[unit] = k.taken[unit] - k.unheard[unit]
		k.unheard[unit] += need
	}
	for _, l := range k.limits {
		if need := c.of(l.unit); need > 0 {
			l.advance(now, k)
			l.bucket.take(k.seq, need)
		}
	}
	t.taken = k.taken
	return t
}

// countedIn is what a server has counted when it tells of a limit. A gradual one has a bucket as well,
// so that the order in which attempts arrive does no harm.
func (t taking) countedIn(unit Unit, gradual bool) float64 {
	if gradual {
		return t.taken[unit]
	}
	return t.counted[unit]
}

// answered notes that the answer to an attempt has come, or that none will.
func (k *keeper) answered(t taking) {
	for unit := range k.unheard {
		k.unheard[unit] -= t.cost.of(Unit(unit))
	}
}

// settle ends an attempt of which answered was told, and gives back what it did not use. used is what is
// known of its use, and otherwise what it took.
func (k *keeper) settle(now time.Time, t taking, used Cost, sent bool) {
	k.open--
	for _, l := range k.limits {
		back := t.cost.of(l.unit) - used.of(l.unit)
		if !sent {
			back = t.cost.of(l.unit)
		}
		if back != 0 {
			l.advance(now, k)
			l.bucket.giveBack(t.seq, back, l.most(k.share))
		}
	}
}

// hear learns from the header of the answer to an attempt, at now. server is the time by its header
// Date, or the zero time; well says that the answer is one of success.
func (k *keeper) hear(now, server time.Time, t taking, all []Limit, well bool) {
	if !server.IsZero() {
		if ahead := server.Sub(now); !k.aheadOf || ahead > k.ahead {
			k.ahead, k.aheadOf = ahead, true
		}
	}
	for _, told := range all {
		if told.Counts == Other || told.Limit == nil || told.Remaining == nil || *told.Limit == 0 {
			continue
		}
		k.known = true
		l := k.limits[told.Name]
		if l == nil {
			l = &kept{unit: told.Counts}
			l.bucket = bucket{level: math.Max(k.share*float64(*told.Limit)-k.taken[told.Counts], 0), updated: now}
			k.limits[told.Name] = l
		}
		if t.countedIn(l.unit, told.Gradual) >= l.counted {
			l.advance(now, k)
			l.learn(now, t, told, k.untilReset(t.at, told))
			l.advance(now, k)
		}
	}
	k.known = k.known || well
}

// untilReset is how long the limit takes at most to be whole again, from when the server told of
// it; 0 if that is not known. A moment is by the server's clock, and the server told of it when
// the attempt had been sent, or later.
func (k *keeper) untilReset(sent time.Time, told Limit) time.Duration {
	switch {
	case told.Reset == nil:
		return 0
	case told.ResetAt.IsZero():
		return *told.Reset + time.Millisecond // resets are rounded
	}
	return max(told.ResetAt.Sub(sent)-k.ahead+time.Second, leastSpan)
}

// refuse makes attempts wait after a refusal by status 429: for as long as asked, and until limits
// are there again. by is the name of the limit that refused; "" if it is not known.
func (k *keeper) refuse(now time.Time, t taking, after time.Duration, by string) {
	if until := now.Add(after); until.After(k.until) {
		k.until, k.untilBy = until, by
		if by == "" {
			k.untilBy = Refused
		}
	}
	if l := k.limits[by]; l != nil && t.countedIn(l.unit, l.gradual) >= l.counted {
		l.advance(now, k)
		l.bucket.level = math.Min(l.bucket.level, 0)
		l.proven = math.Min(l.proven, (l.limit-l.left)/l.span.Seconds()) // what was learned before has been too much
		l.setRate()
	}
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

func (b *bucket) take(seq uint64, n float64) {
	for len(b.peaks) > 0 && b.peaks[len(b.peaks)-1].level <= b.level {
		b.peaks = b.peaks[:len(b.peaks)-1]
	}
	b.peaks = append(b.peaks, peak{seq, b.level})
	if len(b.peaks) > mostPeaks {
		b.peaks[1].level = b.peaks[0].level
		b.peaks = b.peaks[1:]
	}
	b.level -= n
}

// giveBack gives back a part of what an attempt took, as if it had not taken it: without what would
// have overflowed since.
func (b *bucket) giveBack(seq uint64, n, most float64) {
	fullest := b.level
	for _, p := range b.peaks {
		if p.seq > seq {
			fullest = math.Max(fullest, p.level)
			break // the first is the highest
		}
	}
	b.level += n - math.Max(0, fullest+n-most)
}
