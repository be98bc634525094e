// Package ledger keeps what one arm's mock truly did, in memory that stays flat
// however many attempts there are.
package ledger

import (
	"fmt"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/RoaringBitmap/roaring/v2"
)

// The range of served durations in µs: 1 µs to 1 h at 3 digits; what lies
// outside is recorded at the edge.
const (
	servedLowest  = 1
	servedHighest = int64(time.Hour / time.Microsecond)
	servedDigits  = 3
)

// otherPhase stands for any phase that is not a known one, so that no client
// can make the ledger grow.
const otherPhase = "other"

// Ledger is one arm's account. It is safe for concurrent use.
type Ledger struct {
	mu     sync.Mutex
	ids    *roaring.Bitmap
	served *hdrhistogram.Histogram
	counts Snapshot
}

// New returns an empty ledger.
func New() *Ledger {
	return &Ledger{
		ids:    roaring.New(),
		served: hdrhistogram.New(servedLowest, servedHighest, servedDigits),
		counts: Snapshot{
			Statuses: map[string]uint64{},
			Faults:   map[string]uint64{"errors": 0, "item_errors": 0, "reset": 0, "limit": 0, "queue": 0},
			Phases:   map[string]uint64{"warmup": 0, "open": 0, "closed": 0},
		},
	}
}

// Arrive notes that an attempt reached the mock. id is the client's, counting
// up from 1; 0 is none. It returns the number that the attempt's decisions are
// drawn from: id, or the ordinal of its arrival among those without one.
func (l *Ledger) Arrive(id uint32, phase string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Attempts++
	if _, known := l.counts.Phases[phase]; !known {
		phase = otherPhase
	}
	l.counts.Phases[phase]++
	if id == 0 {
		l.counts.Unnamed++
		return l.counts.Unnamed
	}
	if !l.ids.CheckedAdd(id) {
		l.counts.Duplicates++
	}
	return uint64(id)
}

// Entry is how an attempt ended.
type Entry struct {
	// Status is the answer's; 0 is none, as the connection was reset or the client gone.
	Status int
	// Took is from the attempt's arrival to the first byte of its answer.
	Took    time.Duration
	Prompts int
	// Faults counts what was dealt by fault: 1, or the number of prompts hit.
	Faults        map[string]uint64
	Input, Output uint64
	// Gone says that the client left before it was answered.
	Gone bool
}

// Deal adds n faults to the entry.
func (e *Entry) Deal(fault string, n uint64) {
	if e.Faults == nil {
		e.Faults = make(map[string]uint64, 1)
	}
	e.Faults[fault] += n
}

// Finish notes how an attempt ended. It is called before the first byte of the
// answer is written, so that a client that has its answer never reads a ledger without it.
func (l *Ledger) Finish(e Entry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Prompts += uint64(e.Prompts)
	l.counts.Tokens.Input += e.Input
	l.counts.Tokens.Output += e.Output
	for fault, n := range e.Faults {
		l.counts.Faults[fault] += n
	}
	if e.Gone {
		l.counts.Gone++
	}
	if e.Status != 0 {
		l.counts.Statuses[strconv.Itoa(e.Status)]++
		l.record(e.Took)
	}
}

func (l *Ledger) record(took time.Duration) {
	v := min(max(took.Microseconds(), 0), servedHighest)
	if err := l.served.RecordValue(v); err != nil {
		panic(fmt.Sprintf("ledger: %v is inside the histogram's range but was refused: %v", took, err))
	}
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
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.counts
	s.Statuses, s.Faults, s.Phases = maps.Clone(s.Statuses), maps.Clone(s.Faults), maps.Clone(s.Phases)
	l.ids.RunOptimize()
	var err error
	if s.IDs, err = l.ids.ToBase64(); err != nil {
		return Snapshot{}, fmt.Errorf("encode the attempt ids: %w", err)
	}
	served, err := l.served.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return Snapshot{}, fmt.Errorf("encode the served durations: %w", err)
	}
	s.Served = string(served)
	return s, nil
}
