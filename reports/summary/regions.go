package summary

import (
	"maps"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/bench/record/byregion"
)

// Region is what an arm sent to one region, in the slices that its latencies come from. Dark is the number of
// attempts of the whole run that came during an outage, by the mock's ledger; nil without one.
type Region struct {
	Name     string `json:"region"`
	Attempts uint64 `json:"attempts"`
	Answered uint64 `json:"answered"`
	// Moved is the attempts that were retries of one in another region.
	Moved uint64 `json:"moved"`
	// Share is the region's share of the arm's attempts, and MeanMS the mean time from sent to last byte
	// over the answered ones; nil if none was.
	Share  float64  `json:"share"`
	MeanMS *float64 `json:"mean_ms"`
	Dark   *uint64  `json:"dark"`
	// Sessions is the answers by what they told of the state of their session; nil without sessions.
	Sessions map[string]uint64 `json:"sessions,omitempty"`
}

// RegionsOf returns the regions of an arm, by name; none without regions.
func RegionsOf(arm *record.Arm) (all []Region) {
	var sums byregion.Regions
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil && arm.Blocks[i].Complete {
			sums.Merge(s.Regions)
		}
	}
	attempts := uint64(0)
	for _, r := range sums {
		attempts += r.Attempts
	}
	for _, name := range slices.Sorted(maps.Keys(sums)) {
		r := sums[name]
		one := Region{Name: name, Attempts: r.Attempts, Answered: r.Answered, Moved: r.Moved, Share: float64(r.Attempts) / float64(attempts), Sessions: r.Sessions}
		if r.Answered > 0 {
			one.MeanMS = new(float64(r.TookUS) / float64(r.Answered) / 1000)
		}
		if arm.Ledger != nil {
			if l, known := arm.Ledger.Regions[name]; known {
				one.Dark = new(l.Dark)
			}
		}
		all = append(all, one)
	}
	return all
}
