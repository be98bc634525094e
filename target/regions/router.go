// Package regions chooses the region that each attempt goes to: by a policy, among the regions that
// health checks find healthy, as a simulated DNS tells of them. Time and randomness are parameters.
package regions

import (
	"sync"
	"time"
)

// Config is the regions that a Router chooses from, and how. The regions are numbered in their order.
type Config struct {
	Weights []float64
	Routing Routing
	Health  Health
	DNS     DNS
	// Draw draws from [0,1).
	Draw func() float64
}

// Router chooses regions. It is safe for concurrent use.
type Router struct {
	config Config
	mu     sync.Mutex
	states []state
	far    []distance
	client cache
}

// New returns a router to which all regions are healthy.
func New(c Config) *Router {
	r := &Router{config: c, far: make([]distance, len(c.Weights)), client: cache{DNS: c.DNS}}
	for range c.Weights {
		r.states = append(r.states, state{Health: c.Health})
	}
	return r
}

// None is the number of no region.
const None = -1

// Choose returns the region of an attempt of a session. failed is the region in which the request
// failed before, or None.
func (r *Router) Choose(now time.Time, session uint64, failed int) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.client.lookUp(now, func() []int { return r.healthy(now) })
	if r.config.Routing.RetryElsewhere {
		known = without(known, failed)
	}
	switch r.config.Routing.Policy {
	case Weighted:
		return r.byWeight(known)
	case Sticky:
		return stickTo(known, session)
	case Failover:
		return known[0]
	}
	return r.nearest(known)
}

// healthy returns the regions that are healthy, or all if none is.
func (r *Router) healthy(now time.Time) []int {
	var well, all []int
	for i := range r.states {
		all = append(all, i)
		if r.states[i].healthy(now) {
			well = append(well, i)
		}
	}
	if len(well) == 0 {
		return all
	}
	return well
}

// without returns the regions but one, unless it is the only one.
func without(regions []int, one int) []int {
	var others []int
	for _, i := range regions {
		if i != one {
			others = append(others, i)
		}
	}
	if len(others) == 0 {
		return regions
	}
	return others
}

// byWeight draws a region.
func (r *Router) byWeight(known []int) int {
	total := 0.0
	for _, i := range known {
		total += r.config.Weights[i]
	}
	left := r.config.Draw() * total
	for _, i := range known[:len(known)-1] {
		if left -= r.config.Weights[i]; left < 0 {
			return i
		}
	}
	return known[len(known)-1]
}

// nearest returns the region whose checks were answered soonest, the first of several.
func (r *Router) nearest(known []int) int {
	best := known[0]
	for _, i := range known[1:] {
		if r.far[i].least() < r.far[best].least() {
			best = i
		}
	}
	return best
}

// stickTo returns the region of a session: that with the greatest hash of both, so that only the
// sessions of a region that is not known any more move.
func stickTo(known []int, session uint64) int {
	best, most := known[0], uint64(0)
	for _, i := range known {
		if h := mix(session<<16 ^ uint64(i+1)); h > most {
			best, most = i, h
		}
	}
	return best
}

// mix is the finalizer of SplitMix64: every bit of x changes half of the result's.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Checked notes that a check of a region ended, how long it took, and whether the region was well.
func (r *Router) Checked(region int, at time.Time, took time.Duration, well bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if well {
		r.far[region].add(took)
	}
	if r.config.Health.Interval > 0 {
		r.states[region].check(at, well)
	}
}

// Distance returns how near a region is: the least of its last checks; false if none succeeded.
func (r *Router) Distance(region int) (time.Duration, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.far[region].least()
	return d, d != unknown
}
