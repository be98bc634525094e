package regions

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Region is one of several servers of the same API.
type Region struct {
	// URL is the region's base URL (http or https), without a query; default that of the mock's region of the same name (mock.regions), where target.url is mock.
	URL string `yaml:"url"`
	// Weight is the region's share of the attempts, relative to that of the others, with target.routing.policy: weighted, 0…1000000, where 0 stands for 1; default 1.
	Weight float64 `yaml:"weight" check:"min=0,max=1000000"`
}

// WeightOr1 is the weight, 1 if none is given.
func (r Region) WeightOr1() float64 { return cmp.Or(r.Weight, 1) }

// The policies of Routing.
const (
	Nearest  = "nearest"
	Weighted = "weighted"
	Sticky   = "sticky"
	Failover = "failover"
)

// Routing is how the region of each attempt is chosen.
type Routing struct {
	// Policy chooses among the healthy regions: nearest (the one that answers health checks soonest: the least of the last five), weighted (at random, by weight), sticky (each session keeps its region while that is healthy) or failover (the first in order); default nearest.
	Policy string `yaml:"policy" check:"enum=nearest|weighted|sticky|failover"`
	// Order is the regions that are used, in the order in which policy failover prefers them; default all, by name.
	Order []string `yaml:"order"`
	// RetryElsewhere sends a retry to a different region than the failed attempt, if the client knows of another healthy one; default false.
	RetryElsewhere bool `yaml:"retry_elsewhere"`
	// Sessions is the number of sessions, to which requests belong in turn, 0…1000000; default 0, none. The mock keeps the state of each (mock.sessions); other servers are not told of it. Policy sticky needs at least 1.
	Sessions int `yaml:"sessions" check:"min=0,max=1000000"`
}

// Health is how regions are checked. Checks carry no credential, are no attempts, and count in no budget.
type Health struct {
	// Interval is the time from one check of a region to the next, 0…1h, at least 10ms unless it is 0; default 0: regions are checked three times before the load, to measure how near they are, and then all count as healthy.
	Interval time.Duration `yaml:"interval" check:"min=0,max=1h"`
	// Timeout is how long a check waits for an answer, 1ms…1m; default 1s.
	Timeout time.Duration `yaml:"timeout" check:"min=1ms,max=1m"`
	// UnhealthyAfter is the number of checks that must fail in a row for a region to be unhealthy, 1…100; default 3.
	UnhealthyAfter int `yaml:"unhealthy_after" check:"min=1,max=100"`
	// HealthyAfter is the number of checks that must succeed in a row for it to be healthy again, 1…100; default 2.
	HealthyAfter int `yaml:"healthy_after" check:"min=1,max=100"`
	// FailBack is how long a region must have been healthy again before it is used, 0…24h; default 0. If a check fails in that time, the region is unhealthy again at once.
	FailBack time.Duration `yaml:"fail_back" check:"min=0,max=24h"`
	// Path is what a check requests with GET from the server of the region; default /health. A status of 200 to 399 is healthy.
	Path string `yaml:"path"`
}

// DNS simulates how clients look up healthy regions: an answer lists exactly the healthy ones, or all regions if none is healthy.
type DNS struct {
	// TTL is how long an answer is valid, 0…24h; default 0: the client learns at once what health checks find.
	TTL time.Duration `yaml:"ttl" check:"min=0,max=24h"`
	// ClientCache is the minimum time that the client keeps an answer, whatever its TTL, 0…24h; default 0.
	ClientCache time.Duration `yaml:"client_cache" check:"min=0,max=24h"`
}

// Defaults returns the defaults of the keys.
func Defaults() (Routing, Health) {
	return Routing{Policy: Nearest}, Health{Timeout: time.Second, UnhealthyAfter: 3, HealthyAfter: 2, Path: "/health"}
}

// shortestInterval is the least time between two checks of a region.
const shortestInterval = 10 * time.Millisecond

// Validate checks what single fields do not show. Messages begin with the key below health.
func (h Health) Validate() error {
	if h.Interval > 0 && h.Interval < shortestInterval {
		return fmt.Errorf("interval: expected 0, or at least %v, found %v", shortestInterval, h.Interval)
	}
	return nil
}

// Used returns the names of the regions that are used, in order. all are those that there are.
func (r Routing) Used(all map[string]Region) []string {
	if len(r.Order) > 0 {
		return r.Order
	}
	return slices.Sorted(maps.Keys(all))
}

// Validate checks the keys against the regions that there are. Messages begin with the key below routing.
func (r Routing) Validate(all map[string]Region) error {
	var wrong []error
	seen := map[string]bool{}
	for _, name := range r.Order {
		if _, known := all[name]; !known {
			wrong = append(wrong, fmt.Errorf("order: there is no region %q in target.regions or mock.regions", name))
		} else if seen[name] {
			wrong = append(wrong, fmt.Errorf("order: expected each region once, found %q twice", name))
		}
		seen[name] = true
	}
	if r.Policy == Sticky && r.Sessions == 0 {
		wrong = append(wrong, errors.New("sessions: policy sticky needs at least 1, as each session keeps its region"))
	}
	return errors.Join(wrong...)
}
