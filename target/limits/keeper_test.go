package limits

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// fakeLimit is a limit of a fake server: of a token bucket, or of windows of a fixed length.
type fakeLimit struct {
	unit       Unit
	burst      float64
	rate       float64       // per second
	window     time.Duration // 0 for a token bucket
	level      float64
	updated    time.Time
	headerName string
}

// refill brings the level up to date.
func (l *fakeLimit) refill(now time.Time) {
	if l.window > 0 {
		if now.Truncate(l.window).After(l.updated.Truncate(l.window)) {
			l.level = l.burst
		}
	} else {
		l.level = math.Min(l.burst, l.level+now.Sub(l.updated).Seconds()*l.rate)
	}
	l.updated = now
}

// header writes what remains of the limit, in the manner of a provider.
func (l *fakeLimit) header(h http.Header, style string, now time.Time, clock time.Duration) {
	l.refill(now)
	whole := time.Duration((l.burst - l.level) / l.rate * float64(time.Second))
	left := fmt.Sprint(uint64(l.level))
	switch style {
	case "anthropic":
		if l.unit != Requests {
			left = fmt.Sprint(uint64(math.Min(math.Round(l.level/1000)*1000, l.burst)))
		}
		at := now.Add(clock + whole + time.Second - 1).Truncate(time.Second)
		h.Set("Anthropic-Ratelimit-"+l.headerName+"-Limit", fmt.Sprint(l.burst))
		h.Set("Anthropic-Ratelimit-"+l.headerName+"-Remaining", left)
		h.Set("Anthropic-Ratelimit-"+l.headerName+"-Reset", at.UTC().Format(time.RFC3339))
	case "openai":
		h.Set("X-Ratelimit-Limit-"+l.headerName, fmt.Sprint(l.burst))
		h.Set("X-Ratelimit-Remaining-"+l.headerName, left)
		h.Set("X-Ratelimit-Reset-"+l.headerName, (whole + time.Millisecond - 1).Truncate(time.Millisecond).String())
	case "ietf":
		whole = now.Truncate(l.window).Add(l.window).Sub(now)
		h.Set("Ratelimit-Limit", fmt.Sprint(l.burst))
		h.Set("Ratelimit-Remaining", left)
		h.Set("Ratelimit-Reset", fmt.Sprint(math.Ceil(whole.Seconds())))
	}
}

// fake is a run of attempts that are due at once and held back for a server with limits, in virtual
// time.
type fake struct {
	style   string
	limits  []*fakeLimit
	share   float64
	clock   time.Duration // the server's is ahead of ours
	asks    func() (taken, used Cost)
	latency func() time.Duration
	transit func() time.Duration // until an attempt arrives, in place of which those behind it may
	length  time.Duration
	gap     time.Duration // from when one attempt is due to when the next is

	now, due time.Time
	// allowed are buckets of the share of each limit: a server that had only these must not refuse.
	allowed []*fakeLimit
	sent    [units]float64
	least   float64 // level of allowed, in parts of the limit
	lowest  float64 // by how much less than the rest besides the share was left, in parts of the limit
	refused int
	held    map[string]int
}

// event is an attempt that arrives, or an answer that does.
type event struct {
	at     time.Time
	taking taking
	used   Cost
	header http.Header // nil until the server has the attempt
}

// run sends attempts as fast as the keeper lets them.
func (f *fake) run() {
	start := time.Date(2026, 11, 22, 12, 0, 0, 345e6, time.UTC)
	f.now, f.due, f.held = start, start, map[string]int{}
	for _, l := range f.limits {
		l.level, l.updated = l.burst, start
		a := *l
		a.burst, a.rate, a.level = a.burst*f.share, a.rate*f.share, a.burst*f.share
		f.allowed = append(f.allowed, &a)
	}
	k := newKeeper(f.share)
	var events []event
	add := func(e event) {
		i, _ := slices.BinarySearchFunc(events, e, func(a, b event) int { return cmp.Or(a.at.Compare(b.at), 1) })
		events = slices.Insert(events, i, e)
	}
	taken, used := f.asks()
	for f.now.Sub(start) < f.length {
		wait, why := k.wait(f.now, taken)
		if wait == 0 && f.now.Before(f.due) {
			wait, why = f.due.Sub(f.now), "schedule"
		}
		if wait == 0 {
			f.due = f.due.Add(f.gap)
			sent := event{at: f.now, taking: k.take(f.now, taken), used: used}
			if taken, used = f.asks(); f.transit == nil {
				add(f.arrive(sent))
				continue
			}
			sent.at = f.now.Add(f.transit())
			add(sent)
			continue
		}
		f.held[why]++
		next := f.now.Add(wait)
		if len(events) == 0 || events[0].at.After(next) {
			f.now = next
			continue
		}
		e := events[0]
		f.now, events = e.at, events[1:]
		if e.header == nil {
			add(f.arrive(e))
			continue
		}
		date, _ := http.ParseTime(e.header.Get("Date"))
		k.answered(e.taking)
		k.hear(f.now, date, e.taking, Parse(e.header, f.now), true)
		k.settle(f.now, e.taking, e.used, true)
	}
}

// arrive lets the server take an attempt, and returns its answer.
func (f *fake) arrive(e event) event {
	e.header = http.Header{}
	e.header.Set("Date", f.now.Add(f.clock).UTC().Format(http.TimeFormat))
	for i, l := range f.limits {
		l.refill(f.now)
		need := e.used.of(l.unit)
		if l.level < need {
			f.refused++
		}
		l.level -= need
		f.lowest = math.Min(f.lowest, l.level/l.burst-(1-f.share))
		f.sent[l.unit] += need
		l.header(e.header, f.style, f.now, f.clock)
		a := f.allowed[i]
		a.refill(f.now)
		a.level -= need
		f.least = math.Min(f.least, a.level/l.burst)
	}
	e.at = f.now.Add(f.latency())
	return e
}

// drawFake draws a run whose first limit binds.
func drawFake(t *rapid.T) *fake {
	rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
	f := &fake{
		style: rapid.SampledFrom([]string{"anthropic", "openai", "ietf"}).Draw(t, "style"),
		share: rapid.SampledFrom([]float64{0.2, 0.5, 0.8, 1}).Draw(t, "share"),
		clock: time.Duration(rapid.IntRange(-5000, 5000).Draw(t, "clock")) * time.Millisecond,
	}
	slow := time.Duration(rapid.IntRange(1, 5000).Draw(t, "latency")) * time.Millisecond
	f.latency = func() time.Duration { return time.Duration(rng.ExpFloat64() * float64(slow)) }
	seconds := float64(rapid.IntRange(10, 60).Draw(t, "seconds")) // for the whole limit to come back
	requests := &fakeLimit{unit: Requests, headerName: "Requests", burst: float64(rapid.IntRange(20, 100).Draw(t, "requests"))}
	f.limits = []*fakeLimit{requests}
	if f.style == "ietf" {
		requests.window = time.Duration(seconds) * time.Second
	}
	if f.style == "anthropic" {
		tokens := float64(rapid.IntRange(20, 100).Draw(t, "kilotokens")) * 1000
		f.limits = append(f.limits, &fakeLimit{unit: InputTokens, headerName: "Input-Tokens", burst: tokens}, &fakeLimit{unit: OutputTokens, headerName: "Output-Tokens", burst: tokens})
	}
	for _, l := range f.limits {
		l.rate = l.burst / seconds
	}
	f.asks = func() (taken, used Cost) {
		taken = Cost{Input: 100 + rng.Uint64N(1000), Output: 100 + rng.Uint64N(1000)}
		return taken, Cost{Input: taken.Input * (50 + rng.Uint64N(51)) / 100, Output: taken.Output * rng.Uint64N(101) / 100}
	}
	f.length = time.Duration(2*seconds) * time.Second
	return f
}

// No more than the share of any limit is used in any window of time: a server whose limits are that
// share of the real ones would not refuse. Windows of a fixed length have no end of that between
// answers, but what they allow is never exceeded.
func TestNeverMoreThanTheShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := drawFake(t)
		f.run()
		if f.refused > 0 || f.least < -1e-6 {
			t.Errorf("%d of %v attempts refused, %.3g%% of a limit more than the share were used; held by %v", f.refused, f.sent[Requests], -100*f.least, f.held)
		}
	})
}

// A limit that comes back all at once is not used by more than its share either where attempts
// arrive in another order than they left in, and those of one window in the next.
func TestTheOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rng := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		window := time.Duration(rapid.IntRange(2, 60).Draw(t, "seconds")) * time.Second
		f := &fake{
			style: "ietf", share: rapid.SampledFrom([]float64{0.2, 0.5, 0.8}).Draw(t, "share"), length: 3 * window,
			limits:  []*fakeLimit{{unit: Requests, headerName: "Requests", burst: float64(rapid.IntRange(20, 100).Draw(t, "requests")), rate: 1, window: window}},
			asks:    func() (Cost, Cost) { return Cost{}, Cost{} },
			transit: func() time.Duration { return time.Duration(rng.ExpFloat64() * float64(100*time.Millisecond)) },
			latency: func() time.Duration { return time.Duration(rng.ExpFloat64() * float64(300*time.Millisecond)) },
		}
		f.run()
		if f.refused > 0 || f.lowest < -1e-6 {
			t.Errorf("%d of %v refused, %.3g%% of the limit more than the share were used; held by %v", f.refused, f.sent[Requests], -100*f.lowest, f.held)
		}
	})
}

// What the share allows is used.
func TestTheShareIsUsed(t *testing.T) {
	for _, row := range []struct {
		style string
		least float64 // of what is allowed
		// seconds until the whole limit has come back
		seconds []float64
	}{
		{"openai", 0.9, []float64{2, 10, 60}},
		{"anthropic", 0.95, []float64{60}},
		{"anthropic", 0.55, []float64{2, 10}}, // a reset that may be off by a second tells less
		{"ietf", 0.7, []float64{2, 10, 60}},   // between two answers a window may pass
	} {
		for _, seconds := range row.seconds {

			requests := &fakeLimit{unit: Requests, headerName: "Requests", burst: 300, rate: 300 / seconds}
			f := &fake{
				style: row.style, share: 0.8, clock: 400 * time.Millisecond, limits: []*fakeLimit{requests}, length: time.Duration(3*seconds) * time.Second,
				asks:    func() (Cost, Cost) { return Cost{}, Cost{} },
				latency: func() time.Duration { return 300 * time.Millisecond },
			}
			allowed := f.share * (requests.burst + requests.rate*f.length.Seconds())
			if row.style == "ietf" {
				requests.window = time.Duration(seconds) * time.Second
				allowed = f.share * requests.burst * 4 // the first window is not whole
			}
			f.run()
			if f.refused > 0 || f.sent[Requests] < row.least*allowed || f.sent[Requests] > allowed+1 {
				t.Errorf("%s, %v s: %v of %.0f requests sent, %d refused, held by %v", row.style, seconds, f.sent[Requests], allowed, f.refused, f.held)
			}
		}
	}
}

// Where little of a limit is used, nothing is held back, however long that goes on and though its
// answers cannot show how fast the limit comes back.
func TestLittleUseIsNotHeldBack(t *testing.T) {
	for _, style := range []string{"anthropic", "openai"} {
		f := &fake{
			style: style, share: 0.8, length: 20 * time.Minute, gap: 100 * time.Millisecond,
			limits:  []*fakeLimit{{unit: Requests, headerName: "Requests", burst: 4000, rate: 4000.0 / 60}},
			asks:    func() (Cost, Cost) { return Cost{}, Cost{} },
			latency: func() time.Duration { return 30 * time.Millisecond },
		}
		f.run()
		if delete(f.held, "schedule"); f.sent[Requests] < 11_990 || len(f.held) > 1 {
			t.Errorf("%s: %v sent, held by %v", style, f.sent[Requests], f.held)
		}
	}
}

// A limit per day does not come back in a minute.
func TestLimitPerDay(t *testing.T) {
	day := &fakeLimit{unit: Requests, headerName: "Requests", burst: 1000, rate: 1000.0 / 86400}
	f := &fake{
		style: "openai", share: 0.8, length: 20 * time.Minute, limits: []*fakeLimit{day},
		asks: func() (Cost, Cost) { return Cost{}, Cost{} }, latency: func() time.Duration { return time.Second },
	}
	f.run()
	if sent := f.sent[Requests]; sent < 790 || sent > 812 {
		t.Errorf("%v sent", sent)
	}
}

func TestKeeper(t *testing.T) {
	at := func(ms int) time.Time { return noon.Add(time.Duration(ms) * time.Millisecond) }
	told := func(lines string) []Limit { return Parse(headers(lines), noon) }
	const ten = "x-ratelimit-limit-requests: 10\nx-ratelimit-remaining-requests: 9\nx-ratelimit-reset-requests: 6s"
	waits := func(k *keeper, ms int, c Cost, want time.Duration, why string) {
		t.Helper()
		if got, by := k.wait(at(ms), c); (got-want).Abs() > 2*time.Millisecond || by != why {
			t.Errorf("at %d ms: waits %v for %q, want %v for %q", ms, got, by, want, why)
		}
	}

	k := newKeeper(0.5) // until an answer tells, one leaves at a time
	first := k.take(at(0), Cost{})
	waits(k, 1, Cost{}, usualSpan, FirstAnswer)
	k.settle(at(2), first, Cost{}, true) // it got none
	waits(k, 2, Cost{}, 0, "")
	second := k.take(at(2), Cost{})
	k.hear(at(3), time.Time{}, second, nil, false) // 500
	waits(k, 3, Cost{}, usualSpan, FirstAnswer)
	k.hear(at(4), time.Time{}, second, nil, true)
	waits(k, 4, Cost{}, 0, "")
	for range 1000 { // there are no limits
		k.take(at(5), Cost{})
	}
	waits(k, 5, Cost{}, 0, "")

	k = newKeeper(0.5)
	k.hear(at(0), time.Time{}, k.take(at(0), Cost{}), told(ten), true)
	for range 4 {
		waits(k, 0, Cost{}, 0, "")
		k.take(at(0), Cost{})
	}
	waits(k, 0, Cost{}, 6*time.Second, "x-ratelimit-requests") // a second one comes back in 12 s, of a whole limit in 6

	k = newKeeper(0.5) // a refusal holds for as long as it asks, and by its name
	one := k.take(at(0), Cost{})
	k.hear(at(0), time.Time{}, one, nil, true)
	k.refuse(at(0), one, 3*time.Second, "")
	waits(k, 1000, Cost{}, 2*time.Second, Refused)
	k.refuse(at(1000), one, time.Second, "x") // ends earlier
	waits(k, 1000, Cost{}, 2*time.Second, Refused)
	k.refuse(at(1000), one, 5*time.Second, "x")
	waits(k, 1000, Cost{}, 5*time.Second, "x")
	waits(k, 6000, Cost{}, 0, "")

	k = newKeeper(0.8) // what can never fit leaves when all of the share is there
	k.hear(at(0), time.Time{}, k.take(at(0), Cost{Input: 1}), told("x-ratelimit-limit-tokens: 600\nx-ratelimit-remaining-tokens: 600\nx-ratelimit-reset-tokens: 0s"), true)
	waits(k, 1000, Cost{Input: 5000}, 0, "")
	k.take(at(1000), Cost{Input: 5000})
	if wait, _ := k.wait(at(1000), Cost{Input: 1}); wait < 10*time.Second {
		t.Errorf("after far more than the limit: waits %v", wait)
	}

	k = newKeeper(0.8) // where no answer tells any more, the limit is there again
	k.hear(at(0), time.Time{}, k.take(at(0), Cost{}), told("ratelimit-limit: 10\nratelimit-remaining: 2\nratelimit-reset: 30"), true)
	waits(k, 1000, Cost{}, 29*time.Second, "ratelimit")
	waits(k, 30_002, Cost{}, 0, "")
}

// What is given back is what the share would have if it had not been taken.
func TestGivingBack(t *testing.T) {
	for _, row := range []struct {
		name              string
		full, refilled    float64 // the level while it was out reached that
		back, want, level float64
	}{
		{"room for all", 100, 50, 30, 60, 30},
		{"was full in between", 100, 100, 30, 30, 30},
		{"was nearly full in between", 100, 90, 30, 40, 30},
		{"used more", 100, 90, -30, 0, 30},
	} {
		b := bucket{level: 40}
		b.take(1, 30)
		b.level = row.refilled
		b.take(2, row.refilled-row.level)
		if b.giveBack(1, row.back, row.full); math.Abs(b.level-row.want) > 1e-9 {
			t.Errorf("%s: level %v, want %v", row.name, b.level, row.want)
		}
	}
	var b bucket
	for seq := range uint64(3 * mostPeaks) {
		b.level = float64(10_000 - seq)
		b.take(seq+1, 0)
	}
	if b.level = 0; len(b.peaks) > mostPeaks {
		t.Errorf("%d peaks", len(b.peaks))
	}
	if b.giveBack(1, 5, 10_000); b.level < 0 || b.level > 1 { // 1 as it had been full but for 1, or less where that is forgotten
		t.Errorf("level %v", b.level)
	}
}
