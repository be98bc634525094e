// Package byregion is the part of a record that tells the regions of a target apart.
package byregion

import "time"

// Region is the attempts of one slice that went to one region.
type Region struct {
	Attempts uint64 `json:"attempts"`
	// Answered is how many of them got a whole answer with a status under 400, and TookUS how long
	// these took together, from sent to last byte, in microseconds.
	Answered uint64 `json:"answered"`
	TookUS   uint64 `json:"took_us"`
	// Moved is how many of them were retries of an attempt in another region.
	Moved uint64 `json:"moved,omitempty"`
	// Sessions is the answers by what they told of the state of their session: new, kept, stale or
	// lost; nil without sessions.
	Sessions map[string]uint64 `json:"sessions,omitempty"`
}

// The words of Region.Sessions that are faults.
const (
	Stale = "stale"
	Lost  = "lost"
)

// Regions are the regions of one slice, by name; nil without regions.
type Regions map[string]Region

// Attempt is one attempt that went to a region.
type Attempt struct {
	Region string
	// Status is the answer's status; 0 if there was no whole answer.
	Status  int
	Service time.Duration
	// Session is what the answer told of its session; "" for nothing.
	Session string
}

// Add counts an attempt. before is the region of the attempt before it in the same request; "" for the first.
func (r *Regions) Add(a Attempt, before string) {
	if a.Region == "" {
		return
	}
	if *r == nil {
		*r = Regions{}
	}
	one := (*r)[a.Region]
	one.Attempts++
	if a.Status > 0 && a.Status < 400 {
		one.Answered++
		one.TookUS += uint64(max(a.Service.Microseconds(), 0))
	}
	if before != "" && before != a.Region {
		one.Moved++
	}
	if a.Session != "" {
		if one.Sessions == nil {
			one.Sessions = map[string]uint64{}
		}
		one.Sessions[a.Session]++
	}
	(*r)[a.Region] = one
}

// Merge adds the regions of another slice, which stays as it is.
func (r *Regions) Merge(other Regions) {
	if other == nil {
		return
	}
	all := Regions{}
	for _, from := range []Regions{*r, other} {
		for name, one := range from {
			all[name] = sum(all[name], one)
		}
	}
	*r = all
}

func sum(a, b Region) Region {
	a.Attempts += b.Attempts
	a.Answered += b.Answered
	a.TookUS += b.TookUS
	a.Moved += b.Moved
	a.Sessions = added(a.Sessions, b.Sessions)
	return a
}

// added is a new map with the counts of both; nil if both are.
func added(a, b map[string]uint64) map[string]uint64 {
	if a == nil && b == nil {
		return nil
	}
	all := map[string]uint64{}
	for _, from := range []map[string]uint64{a, b} {
		for word, n := range from {
			all[word] += n
		}
	}
	return all
}

// Ledger is what the mock's ledger has of one region, over the whole run.
type Ledger struct {
	// Matches says that the mock saw the attempts that went to the region, as far as they were
	// answered, no others, and told of as many sessions in each state.
	Matches  bool   `json:"matches"`
	Attempts uint64 `json:"attempts"`
	// Dark is how many of them came in an outage of the region.
	Dark uint64 `json:"dark"`
	// Sessions is the mock's answers by what was found of the state of their session.
	Sessions     map[string]uint64 `json:"sessions,omitempty"`
	HealthChecks uint64            `json:"health_checks"`
}

// Ledgers are the ledgers of an arm, by region; nil without regions.
type Ledgers map[string]Ledger

// Merge adds the ledgers of another mock of the same arm.
func (l *Ledgers) Merge(other Ledgers) {
	if other == nil {
		return
	}
	all := Ledgers{}
	for _, from := range []Ledgers{*l, other} {
		for name, one := range from {
			before, known := all[name]
			all[name] = Ledger{
				Matches: one.Matches && (before.Matches || !known), Attempts: before.Attempts + one.Attempts, Dark: before.Dark + one.Dark,
				Sessions: added(before.Sessions, one.Sessions), HealthChecks: before.HealthChecks + one.HealthChecks,
			}
		}
	}
	*l = all
}
