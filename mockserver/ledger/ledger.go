// Package ledger keeps account of what one arm's mock did, in memory that does not
// grow with the number of attempts. Its Journal writes a line for every attempt.
package ledger

import (
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/RoaringBitmap/roaring/v2"
)

// other stands for all unknown phases, routes and faults, so that no client can make
// the ledger grow.
const other = "other"

// maxDistinct is the number of routes, of statuses and of faults that the ledger
// counts separately. Further ones count as other, further statuses as 0.
const maxDistinct = 64

// Ledger is the account of one arm's mock. It is safe for concurrent use.
type Ledger struct {
	// listedFaults are the names that a snapshot lists even with a count of 0.
	listedFaults []string

	mu     sync.Mutex
	ids    *roaring.Bitmap
	served *hdrhistogram.Histogram
	// firstContent and perToken are of streams; nil until there is one.
	firstContent, perToken *hdrhistogram.Histogram
	statuses               map[int]*tally
	faults                 map[string]*tally
	routes                 map[string]*route
	regions                map[string]*region
	// counts holds the counters that need no table.
	counts Snapshot
}

// tally is a count and a histogram of durations, which is created with the first duration.
type tally struct {
	n    uint64
	took *hdrhistogram.Histogram
}

// route counts the attempts of one route.
type route struct {
	tally
	statuses map[int]uint64
}

// New returns an empty ledger. Its snapshots list the named faults even with a count of 0.
func New(faults []string) *Ledger {
	l := &Ledger{listedFaults: slices.Clone(faults)}
	l.Reset()
	return l
}

// Reset empties the ledger. No attempt should be in flight: its end would be counted
// without its arrival.
func (l *Ledger) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids = roaring.New()
	l.served, l.firstContent, l.perToken = newHistogram(totalDigits), nil, nil
	l.statuses, l.faults, l.routes = map[int]*tally{}, map[string]*tally{}, map[string]*route{}
	l.regions = map[string]*region{}
	for _, name := range l.listedFaults {
		l.faults[name] = &tally{}
	}
	l.counts = Snapshot{Phases: map[string]uint64{"warmup": 0, "open": 0, "closed": 0, "capacity": 0}}
}

// idsPerContainer is the number of IDs in one container of a roaring bitmap.
const idsPerContainer = 1 << 16

// Arrive notes the arrival of an attempt. id is the client's, counted from 1; 0 if it
// has none. Arrive returns the number from which the attempt's random decisions are
// derived: id, or the ordinal of its arrival among attempts without one.
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
		l.ids.RunOptimize() // stored as ranges, consecutive IDs take constant memory
	}
	return uint64(id)
}

// Entry is how an attempt ended. It counts as gone if Gone is set, else as dropped if
// Dropped is set or there is no status, else as answered.
type Entry struct {
	// Route is the pattern that matched the request, such as "POST /v1/messages"; empty
	// if none did, which counts as "other".
	Route string
	// Status is the status of the answer; 0 if there was none.
	Status int
	// Took is the time from the attempt's arrival to the last write of its answer, or to its end if it had no answer.
	Took time.Duration
	// FirstContent is the time from the attempt's arrival until the first text of its stream was
	// written, and PerToken the time per token from there to the last; 0 if there is none.
	FirstContent, PerToken time.Duration
	Prompts                int
	// Faults is the number of faults injected, by name: 1, or the number of prompts affected.
	Faults map[string]uint64
	// Input and Output are the billed tokens.
	Input, Output uint64
	// FromEdge says that the edge cache gave the answer, and Stale that its content had been replaced.
	FromEdge, Stale bool
	// Gone says that the client left before the answer.
	Gone bool
	// Region is the region that the attempt came to; empty for none. Dark says that it came in an outage
	// of the region, and Session what was found of its session's state: new, kept, stale or lost; empty
	// if it has none.
	Region  string
	Dark    bool
	Session string
	// Dropped says that the mock ended the attempt without an answer: by a connection
	// reset, a refused stream, an outage. Status is ignored then.
	Dropped bool
}

// AddFault adds n to the count of a fault.
func (e *Entry) AddFault(fault string, n uint64) {
	if e.Faults == nil {
		e.Faults = make(map[string]uint64, 1)
	}
	e.Faults[fault] += n
}

// Finish notes how an attempt ended. It is called before the last byte of the answer
// is written, so that a client with a complete answer always finds it in the ledger.
func (l *Ledger) Finish(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Prompts += uint64(e.Prompts)
	l.counts.Tokens.Input += e.Input
	l.counts.Tokens.Output += e.Output
	for name, n := range e.Faults {
		fault := rowFor(l.faults, name, other)
		fault.n += n
		fault.record(e.Took)
	}
	if e.Region != "" {
		l.regionOf(e.Region).finish(e)
	}
	route := rowFor(l.routes, e.Route, other)
	route.n++
	switch {
	case e.Gone:
		l.counts.Gone++
	case e.Dropped || e.Status == 0:
		l.counts.Dropped++
	default:
		record(l.served, e.Took)
		recordKnown(&l.firstContent, e.FirstContent)
		recordKnown(&l.perToken, e.PerToken)
		status := rowFor(l.statuses, e.Status, 0)
		status.n++
		status.record(e.Took)
		route.countAnswer(e.Status, e.Took)
		l.countEdge(e)
	}
}

// countEdge counts an answer of the edge cache.
func (l *Ledger) countEdge(e Entry) {
	if !e.FromEdge {
		return
	}
	l.counts.EdgeHits++
	if e.Stale {
		l.counts.EdgeStale++
	}
}

// rowFor returns the row of a key, which it adds if it is missing. The zero key, and
// new keys if the table is full, get the row of fallback.
func rowFor[K comparable, V any](table map[K]*V, key, fallback K) *V {
	var zero K
	if key == zero {
		key = fallback
	}
	row, known := table[key]
	if !known && len(table) >= maxDistinct {
		key = fallback
		row, known = table[key]
	}
	if !known {
		row = new(V)
		table[key] = row
	}
	return row
}

func (r *route) countAnswer(status int, took time.Duration) {
	r.record(took)
	if r.statuses == nil {
		r.statuses = map[int]uint64{}
	}
	if _, known := r.statuses[status]; !known && len(r.statuses) >= maxDistinct {
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

// TokenRequest notes a request for a token, which is not an attempt.
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

// Snapshot returns the current state of the ledger. It fails if encoding does.
func (l *Ledger) Snapshot() (Snapshot, error) {
	return l.clone().snapshot()
}

// clone returns a copy that can be encoded without the lock: encoding takes long, and
// attempts that waited for it would take longer.
func (l *Ledger) clone() *Ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids.RunOptimize()
	c := &Ledger{
		ids: l.ids.Clone(), served: l.served.Clone(), counts: l.counts,
		firstContent: cloned(l.firstContent), perToken: cloned(l.perToken),
		statuses: map[int]*tally{}, faults: map[string]*tally{}, routes: map[string]*route{},
	}
	c.counts.Phases = maps.Clone(l.counts.Phases)
	for status, t := range l.statuses {
		c.statuses[status] = t.clone()
	}
	for name, t := range l.faults {
		c.faults[name] = t.clone()
	}
	c.regions = map[string]*region{}
	for name, r := range l.regions {
		c.regions[name] = r.clone()
	}
	for name, r := range l.routes {
		c.routes[name] = &route{tally: *r.clone(), statuses: maps.Clone(r.statuses)}
	}
	return c
}

func (t *tally) clone() *tally { return &tally{n: t.n, took: cloned(t.took)} }

// cloned is a copy of a histogram; nil for nil.
func cloned(h *hdrhistogram.Histogram) *hdrhistogram.Histogram {
	if h == nil {
		return nil
	}
	return h.Clone()
}
