package ledger

import (
	"fmt"

	"github.com/RoaringBitmap/roaring/v2"
)

// Region is the account of one region.
type Region struct {
	// Attempts is the number of attempts that came to the region, and IDs are their IDs, as in Snapshot.
	Attempts uint64 `json:"attempts"`
	IDs      string `json:"ids"`
	// Dark is the number of those that came in an outage of the region.
	Dark uint64 `json:"dark"`
	// Sessions is the number of answers by what was found of the state of their session.
	Sessions map[string]uint64 `json:"sessions"`
	// HealthChecks is the number of health checks, which are no attempts.
	HealthChecks uint64 `json:"health_checks"`
}

// region is the account of one region while it is kept.
type region struct {
	counts Region
	ids    *roaring.Bitmap
}

// regionOf returns the account of a region; the caller holds the lock.
func (l *Ledger) regionOf(name string) *region {
	r := l.regions[name]
	if r == nil {
		r = &region{counts: Region{Sessions: map[string]uint64{}}, ids: roaring.New()}
		l.regions[name] = r
	}
	return r
}

// Enter notes the region that an attempt came to, with the client's ID, 0 for none. Only names that
// the mock knows may be given.
func (l *Ledger) Enter(name string, id uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.regionOf(name)
	r.counts.Attempts++
	if id == 0 {
		return
	}
	r.ids.Add(id)
	if id%idsPerContainer == 0 {
		r.ids.RunOptimize()
	}
}

// HealthCheck notes a health check of a region. Only names that the mock knows may be given.
func (l *Ledger) HealthCheck(name string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.regionOf(name).counts.HealthChecks++
}

// finish notes how an attempt in the region ended.
func (r *region) finish(e Entry) {
	if e.Dark {
		r.counts.Dark++
	}
	if e.Session != "" && !e.Gone && !e.Dropped {
		r.counts.Sessions[e.Session]++
	}
}

func (r *region) clone() *region {
	c := &region{counts: r.counts, ids: r.ids.Clone()}
	c.counts.Sessions = map[string]uint64{}
	for name, n := range r.counts.Sessions {
		c.counts.Sessions[name] = n
	}
	return c
}

func (r *region) snapshot() (Region, error) {
	s := r.counts
	r.ids.RunOptimize()
	var err error
	if s.IDs, err = r.ids.ToBase64(); err != nil {
		return s, fmt.Errorf("encode the attempt IDs of a region: %w", err)
	}
	return s, nil
}
