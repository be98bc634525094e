package ledger

import (
	"fmt"
	"strconv"
)

// Snapshot is a ledger's JSON form. Counts cover API attempts of all phases;
// token requests are not attempts. Once nothing is in flight,
// attempts = the sum of statuses + dropped + gone = the sum of the routes' attempts.
type Snapshot struct {
	Attempts uint64 `json:"attempts"`
	// IDs are the attempt ids seen, a roaring bitmap in base64.
	IDs string `json:"ids"`
	// Unnamed is how many attempts came without an id.
	Unnamed uint64 `json:"unnamed"`
	// Duplicates is how many attempts came with an id seen before.
	Duplicates uint64 `json:"duplicates"`
	// Gone is how many clients left before they were answered.
	Gone uint64 `json:"gone"`
	// Dropped is how many attempts the mock ended without a status: connection
	// resets (faults.reset among them), refused streams, outages.
	Dropped uint64 `json:"dropped"`
	// Prompts are those of bodies that were read and understood.
	Prompts  uint64            `json:"prompts"`
	Statuses map[string]uint64 `json:"statuses"`
	// Faults counts what was dealt: attempts, and prompts for item_errors.
	Faults map[string]uint64 `json:"faults"`
	// Tokens are those billed.
	Tokens         Tokens `json:"tokens"`
	TokenRequests  uint64 `json:"token_requests"`
	Introspections uint64 `json:"introspections"`
	// Phases counts attempts by what the client said it was doing.
	Phases map[string]uint64 `json:"phases"`
	// Served are the durations of answered attempts in µs, HdrHistogram's V2 compressed form in base64.
	Served string `json:"served"`
	// ServedByStatus are the same by status, of 2 digits.
	ServedByStatus map[string]string `json:"served_by_status"`
	// Faulted are the durations of attempts by the faults dealt to them, of 2
	// digits, however the attempts ended; a fault that never struck has none.
	Faulted map[string]string `json:"faulted"`
	// Routes are the attempts that have ended, by route.
	Routes map[string]Route `json:"routes"`
}

// Tokens are billed tokens.
type Tokens struct {
	Input  uint64 `json:"input"`
	Output uint64 `json:"output"`
}

// Route is what became of the attempts of one route, such as "POST /v1/messages".
type Route struct {
	// Attempts are those that have ended, without a status too.
	Attempts uint64            `json:"attempts"`
	Statuses map[string]uint64 `json:"statuses"`
	// Served are the durations of answered attempts in µs, of 2 digits, in the
	// form of Snapshot.Served; empty without an answer.
	Served string `json:"served"`
}

// snapshot is the account of a ledger that nobody writes to.
func (l *Ledger) snapshot() (Snapshot, error) {
	s := l.counts
	s.Statuses, s.ServedByStatus = map[string]uint64{}, map[string]string{}
	s.Faults, s.Faulted = map[string]uint64{}, map[string]string{}
	s.Routes = map[string]Route{}
	var err error
	if s.IDs, err = l.ids.ToBase64(); err != nil {
		return Snapshot{}, fmt.Errorf("encode the attempt ids: %w", err)
	}
	if s.Served, err = encode(l.served); err != nil {
		return Snapshot{}, err
	}
	for status, t := range l.statuses {
		text := strconv.Itoa(status)
		s.Statuses[text] = t.n
		if s.ServedByStatus[text], err = encode(t.took); err != nil {
			return Snapshot{}, err
		}
	}
	for name, t := range l.dealt {
		s.Faults[name] = t.n
		if t.took == nil {
			continue
		}
		if s.Faulted[name], err = encode(t.took); err != nil {
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
