package mockserver

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

// Region is a region of the mock: a port of its own, with a network and outages of its own, and the
// clock of clock.regions. Slots, limits, tokens and the ledger are those of the whole mock.
type Region struct {
	// Latency is the network latency of a request to the region, there and back, health checks included, at least 0; default 0. It occupies no slot. Opening a connection takes no longer.
	Latency dist.Duration `yaml:"latency"`
	// Outages are the times at which the region is dark, at most 1000; default none.
	Outages []RegionOutage `yaml:"outages"`
}

// The kinds of outages.
const (
	outageReset = "reset"
	outageHang  = "hang"
	outageError = "error"
)

// RegionOutage is a time at which a region answers no request and no health check. Requests that
// arrived before it are answered.
type RegionOutage struct {
	// After is when the outage begins, since the mock's start, 0…8760h; default 0.
	After time.Duration `yaml:"after" check:"min=0,max=8760h"`
	// For is how long it lasts, 0…8760h; default 0, to the end.
	For time.Duration `yaml:"for" check:"min=0,max=8760h"`
	// Every is the interval at which it recurs, from one beginning to the next, 0…8760h; default 0, never. It must be longer than for.
	Every time.Duration `yaml:"every" check:"min=0,max=8760h"`
	// Kind is what becomes of a request: reset (its connection is reset), hang (no answer comes, and the connection is reset when the outage is over) or error (503); default reset.
	Kind string `yaml:"kind" check:"enum=reset|hang|error"`
}

// window is the outage as the time window of a fault.
func (o RegionOutage) window() fault.When {
	w := fault.When{Share: 1, After: o.After, Every: o.Every, For: o.For}
	if o.Every == 0 {
		w.For = 0
		if o.For > 0 {
			w.Until = o.After + o.For
		}
	}
	return w
}

// begins reports whether the outage begins after the age after of the mock, and no later than the age until.
func (o RegionOutage) begins(after, until time.Duration) bool {
	next := o.After
	if o.Every > 0 && after >= o.After {
		next += ((after-o.After)/o.Every + 1) * o.Every
	}
	return next > after && next <= until
}

// outage returns the kind of the outage at an age of the mock, and how much of it is left; "" if there is
// none. Of several at once it is the first.
func (r Region) outage(age time.Duration) (kind string, left time.Duration) {
	for _, o := range r.Outages {
		if left := o.window().Remaining(age); left > 0 {
			if o.Kind == "" {
				return outageReset, left
			}
			return o.Kind, left
		}
	}
	return "", 0
}

// wentDark reports whether an outage began after the age after of the mock, and no later than the age until.
func (r Region) wentDark(after, until time.Duration) bool {
	return slices.ContainsFunc(r.Outages, func(o RegionOutage) bool { return o.begins(after, until) })
}

// The bounds of regions.
const (
	maxRegions = 100
	maxOutages = 1000
)

// validateRegions checks what the tags of single fields cannot express.
func (c Config) validateRegions() error {
	var wrong []error
	if len(c.Regions) > maxRegions {
		wrong = append(wrong, fmt.Errorf("regions: expected at most %d, found %d", maxRegions, len(c.Regions)))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Regions)) {
		region := c.Regions[name]
		at := "regions." + name
		if name == "" {
			wrong = append(wrong, errors.New("regions: expected a name, found an empty one"))
		}
		if err := region.Latency.Validate(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s.latency: %w", at, err))
		}
		if len(region.Outages) > maxOutages {
			wrong = append(wrong, fmt.Errorf("%s.outages: expected at most %d, found %d", at, maxOutages, len(region.Outages)))
		}
		for i, o := range region.Outages {
			if o.Every > 0 && (o.For == 0 || o.For >= o.Every) {
				wrong = append(wrong, fmt.Errorf("%s.outages.%d.every: expected longer than `for` (%v), which must be given, found %v", at, i, o.For, o.Every))
			}
		}
	}
	return errors.Join(wrong...)
}

// regionNames returns the names of all regions, and "" for requests that name none.
func (c Config) regionNames() []string {
	names := slices.Concat([]string{""}, slices.Collect(maps.Keys(c.Clock.Regions)), slices.Collect(maps.Keys(c.Regions)))
	slices.Sort(names)
	return slices.Compact(names)
}

// Region returns the handler of a region's own port.
func (s *Server) Region(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, name) })
}

// enterRegion lets the outage of a region end the exchange, and otherwise waits for its network.
func (s *Server) enterRegion(x *exchange) error {
	region, known := x.setup.config.Regions[x.region]
	if !known {
		return nil
	}
	if kind, left := region.outage(x.moment.Age); kind != "" {
		x.entry.Dark = true
		x.entry.AddFault("outage", 1)
		return s.goDark(x, kind, left)
	}
	return s.wait(x, region.Latency.Quantile(x.setup.random.network.At(x.id)))
}

// goDark ends an exchange in the way of an outage's kind.
func (s *Server) goDark(x *exchange, kind string, left time.Duration) error {
	switch kind {
	case outageError:
		return injectedRefusal(http.StatusServiceUnavailable)
	case outageHang:
		if err := s.wait(x, left); err != nil {
			return err
		}
	}
	return &drop{&fault.Reply{}}
}

// healthPath is where the mock answers health checks.
const healthPath = "/health"

// serveHealth answers a health check of a region, which is no attempt.
func (s *Server) serveHealth(w http.ResponseWriter, r *http.Request, name string) {
	now := s.current()
	region, known := now.config.Regions[name]
	if known {
		s.ledger.HealthCheck(name)
	}
	kind, left := region.outage(s.clock.Now().Sub(s.started))
	wait := left
	if kind != outageHang {
		wait = region.Latency.Quantile(now.random.network.At(s.healthChecks.Add(1)))
	}
	if kind != outageReset && wait > 0 && s.clock.Sleep(r.Context(), wait) != nil {
		panic(http.ErrAbortHandler) // the client has left
	}
	switch kind {
	case outageReset, outageHang:
		fault.Abort(w, r)
	case outageError:
		http.Error(w, "injected: "+http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
	default:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte("{\"status\":\"ok\"}\n")) // fails only if the client has left
	}
}
