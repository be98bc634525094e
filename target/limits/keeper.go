package limits

import (
	"math"
	"time"
)

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
	// until is when attempts may leave again after a refusal, and untilBy the limit that refused, or Refused.
	until   time.Time
	untilBy string
	// ahead is by how much the server's clock is ahead of ours at least.
	ahead      time.Duration
	aheadKnown bool
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
// Date, or the zero time; succeeded says that the answer is one of success.
func (k *keeper) hear(now, server time.Time, t taking, all []Limit, succeeded bool) {
	if !server.IsZero() {
		if ahead := server.Sub(now); !k.aheadKnown || ahead > k.ahead {
			k.ahead, k.aheadKnown = ahead, true
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
	k.known = k.known || succeeded
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
