// Package ledger keeps what one arm's mock truly did, in memory that stays flat
// however many attempts there are, and writes it attempt by attempt when asked.
package ledger

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/RoaringBitmap/roaring/v2"
)

// other stands for any phase, route or fault that is not a known one, so that
// no client can make the ledger grow.
const other = "other"

// most is how many routes, statuses and faults the ledger tells apart, each. The
// next ones are other, or 0 for a status.
const most = 64

// Ledger is one arm's account. It is safe for concurrent use.
type Ledger struct {
	// faults are the names that are listed before they strike.
	faults []string

	mu       sync.Mutex
	ids      *roaring.Bitmap
	served   *hdrhistogram.Histogram
	statuses map[int]*tally
	dealt    map[string]*tally
	routes   map[string]*route
	// counts has what needs no table of its own.
	counts Snapshot
}

// tally is a count and durations; the histogram is made with the first one.
type tally struct {
	n    uint64
	took *hdrhistogram.Histogram
}

// route is what became of one route's attempts.
type route struct {
	tally
	statuses map[int]uint64
}

// New returns an empty ledger. faults are the names it lists even if they never strike.
func New(faults []string) *Ledger {
	l := &Ledger{faults: slices.Clone(faults)}
	l.Reset()
	return l
}

// Reset empties the ledger. An attempt that is in flight meanwhile ends in a
// ledger it never arrived in, so nothing should be.
func (l *Ledger) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids = roaring.New()
	l.served = newHistogram(servedDigits)
	l.statuses, l.dealt, l.routes = map[int]*tally{}, map[string]*tally{}, map[string]*route{}
	for _, name := range l.faults {
		l.dealt[name] = &tally{}
	}
	l.counts = Snapshot{Phases: map[string]uint64{"warmup": 0, "open": 0, "closed": 0}}
}

// idsPerContainer is how many ids a bitmap keeps together (Roaring: the low 16 bits).
const idsPerContainer = 1 << 16

// Arrive notes that an attempt reached the mock. id is the client's, counting
// up from 1; 0 is none. It returns the number that the attempt's decisions are
// drawn from: id, or the ordinal of its arrival among those without one.
func (l *Ledger) Arrive(id uint32, phase string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Attempts++
	if _, known := l.counts.Phases[phase]; !known {
		phase = other
	}
	l.counts.Phases[phase]++
	if id == 0 {
		l.counts.Unnamed++
		return l.counts.Unnamed
	}
	if !l.ids.CheckedAdd(id) {
		l.counts.Duplicates++
	}
	if id%idsPerContainer == 0 {
		l.ids.RunOptimize() // as ranges they take the same memory however many there are
	}
	return uint64(id)
}

// Entry is how an attempt ended: gone, dropped, or answered, in this order.
type Entry struct {
	// Route is the pattern that the request fell under, such as "POST
	// /v1/messages"; empty is none, which counts as "other".
	Route string
	// Status is the answer's; 0 is none, which counts as dropped if the client is not gone.
	Status int
	// Took is from the attempt's arrival to the last byte of its answer, which is the first where it is sent in one piece, or to its end without one.
	Took    time.Duration
	Prompts int
	// Faults counts what was dealt by fault: 1, or the number of prompts hit.
	Faults        map[string]uint64
	Input, Output uint64
	// Gone says that the client left before it was answered.
	Gone bool
	// Dropped says that the mock ended the attempt without a status: by a reset
	// connection, a refused stream, an outage. Status does not count then.
	Dropped bool
}

// Deal adds n faults to the entry.
func (e *Entry) Deal(fault string, n uint64) {
	if e.Faults == nil {
		e.Faults = make(map[string]uint64, 1)
	}
	e.Faults[fault] += n
}

// Finish notes how an attempt ended. It is called before the last byte of the
// answer is written, so that a client that has its answer never reads a ledger without it.
func (l *Ledger) Finish(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Prompts += uint64(e.Prompts)
	l.counts.Tokens.Input += e.Input
	l.counts.Tokens.Output += e.Output
	for name, n := range e.Faults {
		fault := entry(l.dealt, name, other)
		fault.n += n
		fault.record(e.Took)
	}
	route := entry(l.routes, e.Route, other)
	route.n++
	switch {
	case e.Gone:
		l.counts.Gone++
	case e.Dropped || e.Status == 0:
		l.counts.Dropped++
	default:
		record(l.served, e.Took)
		status := entry(l.statuses, e.Status, 0)
		status.n++
		status.record(e.Took)
		route.answer(e.Status, e.Took)
	}
}

// entry is the table's row of a key, made if it is not there yet. The zero key
// and what a full table has no room for get the row of rest.
func entry[K comparable, V any](table map[K]*V, key, rest K) *V {
	var zero K
	if key == zero {
		key = rest
	}
	row, known := table[key]
	if !known && len(table) >= most {
		key = rest
		row, known = table[key]
	}
	if !known {
		row = new(V)
		table[key] = row
	}
	return row
}

func (r *route) answer(status int, took time.Duration) {
	r.record(took)
	if r.statuses == nil {
		r.statuses = map[int]uint64{}
	}
	if _, known := r.statuses[status]; !known && len(r.statuses) >= most {
		status = 0
	}
	r.statuses[status]++
}

func (t *tally) record(took time.Duration) {
	if t.took == nil {
		t.took = newHistogram(partDigits)
	}
	record(t.took, took)
}

// TokenRequest notes a request for a token; it is no attempt.
func (l *Ledger) TokenRequest() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.TokenRequests++
}

// Introspection notes that an opaque token was looked up on the auth server.
func (l *Ledger) Introspection() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Introspections++
}

// Snapshot is the account as it stands.
func (l *Ledger) Snapshot() (Snapshot, error) {
	return l.copied().snapshot()
}

// copied is a ledger that nobody else knows: encoding takes long, and attempts
// must not wait for it, as it would show in their durations.
func (l *Ledger) copied() *Ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids.RunOptimize()
	c := &Ledger{
		ids: l.ids.Clone(), served: l.served.Clone(), counts: l.counts,
		statuses: map[int]*tally{}, dealt: map[string]*tally{}, routes: map[string]*route{},
	}
	c.counts.Phases = maps.Clone(l.counts.Phases)
	for status, t := range l.statuses {
		c.statuses[status] = t.copied()
	}
	for name, t := range l.dealt {
		c.dealt[name] = t.copied()
	}
	for name, r := range l.routes {
		c.routes[name] = &route{tally: *r.copied(), statuses: maps.Clone(r.statuses)}
	}
	return c
}

func (t *tally) copied() *tally {
	c := &tally{n: t.n}
	if t.took != nil {
		c.took = t.took.Clone()
	}
	return c
}
