package ledger

import (
	"fmt"
	"strconv"
)

// Snapshot is the JSON form of a ledger. It counts API attempts of all phases; token
// requests are not attempts. When nothing is in flight,
// attempts = the sum of statuses + dropped + gone = the sum of the routes' attempts.
type Snapshot struct {
	Attempts uint64 `json:"attempts"`
	// IDs are the IDs of the attempts, a roaring bitmap in base64.
	IDs string `json:"ids"`
	// Unnamed is the number of attempts without an ID.
	Unnamed uint64 `json:"unnamed"`
	// Duplicates is the number of attempts with an ID seen before.
	Duplicates uint64 `json:"duplicates"`
	// Gone is the number of attempts whose client left before the answer.
	Gone uint64 `json:"gone"`
	// Dropped is the number of attempts that the mock ended without an answer: by a
	// connection reset (including faults.reset), a refused stream, an outage.
	Dropped uint64 `json:"dropped"`
	// Prompts is the number of prompts in valid bodies.
	Prompts  uint64            `json:"prompts"`
	Statuses map[string]uint64 `json:"statuses"`
	// Faults is the number of faults injected, by name: attempts affected, or prompts for item_errors.
	Faults map[string]uint64 `json:"faults"`
	// EdgeHits is the number of attempts that the edge cache answered, EdgeStale how many of these
	// answers had content that had been replaced.
	EdgeHits  uint64 `json:"edge_hits"`
	EdgeStale uint64 `json:"edge_stale"`
	// Tokens are the billed tokens.
	Tokens         Tokens `json:"tokens"`
	TokenRequests  uint64 `json:"token_requests"`
	Introspections uint64 `json:"introspections"`
	// Pushes are the resources that the mock wanted to push (push).
	Pushes Pushes `json:"pushes"`
	// Callbacks are the usage callbacks (callbacks).
	Callbacks Callbacks `json:"callbacks"`
	// Phases is the number of attempts by the phase that the client named.
	Phases map[string]uint64 `json:"phases"`
	// Served is the histogram of the durations of answered attempts in µs, in HdrHistogram's V2 compressed format in base64.
	Served string `json:"served"`
	// FirstContent is the histogram of the times from the arrival of attempts until the first text of
	// their streams was written, and PerToken that of the times per token from there to the last; empty
	// without streams.
	FirstContent string `json:"first_content,omitempty"`
	PerToken     string `json:"per_token,omitempty"`
	// ServedByStatus is the same by status, with 2 significant digits.
	ServedByStatus map[string]string `json:"served_by_status"`
	// Faulted has histograms of the durations of attempts, answered or not, by the fault
	// injected, with 2 significant digits; faults that were never injected have none.
	Faulted map[string]string `json:"faulted"`
	// Routes are the attempts that have ended, by route.
	Routes map[string]Route `json:"routes"`
	// Regions are the accounts of the regions, by name; none without regions.
	Regions map[string]Region `json:"regions,omitempty"`
}

// Tokens is a number of tokens by kind.
type Tokens struct {
	Input  uint64 `json:"input"`
	Output uint64 `json:"output"`
}

// Route is the account of one route, such as "POST /v1/messages".
type Route struct {
	// Attempts is the number of attempts that have ended, answered or not.
	Attempts uint64            `json:"attempts"`
	Statuses map[string]uint64 `json:"statuses"`
	// Served is the histogram of the durations of answered attempts, as Snapshot.Served
	// but with 2 significant digits; empty if there was no answer.
	Served string `json:"served"`
}

// snapshot encodes a ledger that is not in use.
func (l *Ledger) snapshot() (Snapshot, error) {
	s := l.counts
	s.Statuses, s.ServedByStatus = map[string]uint64{}, map[string]string{}
	s.Faults, s.Faulted = map[string]uint64{}, map[string]string{}
	s.Routes = map[string]Route{}
	var err error
	if s.IDs, err = l.ids.ToBase64(); err != nil {
		return Snapshot{}, fmt.Errorf("encode the attempt IDs: %w", err)
	}
	if s.Served, err = encode(l.served); err != nil {
		return Snapshot{}, err
	}
	if s.FirstContent, err = encodeKnown(l.firstContent); err != nil {
		return Snapshot{}, err
	}
	if s.PerToken, err = encodeKnown(l.perToken); err != nil {
		return Snapshot{}, err
	}
	for status, t := range l.statuses {
		text := strconv.Itoa(status)
		s.Statuses[text] = t.n
		if s.ServedByStatus[text], err = encode(t.took); err != nil {
			return Snapshot{}, err
		}
	}
	for name, t := range l.faults {
		s.Faults[name] = t.n
		if t.took == nil {
			continue
		}
		if s.Faulted[name], err = encode(t.took); err != nil {
			return Snapshot{}, err
		}
	}
	for name, r := range l.regions {
		if s.Regions == nil {
			s.Regions = map[string]Region{}
		}
		if s.Regions[name], err = r.snapshot(); err != nil {
			return Snapshot{}, err
		}
	}
	for name, r := range l.routes {
		if s.Routes[name], err = r.snapshot(); err != nil {
			return Snapshot{}, err
		}
	}
	return s, nil
}

func (r *route) snapshot() (Route, error) {
	s := Route{Attempts: r.n, Statuses: map[string]uint64{}}
	for status, n := range r.statuses {
		s.Statuses[strconv.Itoa(status)] = n
	}
	if r.took == nil {
		return s, nil
	}
	var err error
	s.Served, err = encode(r.took)
	return s, err
}
