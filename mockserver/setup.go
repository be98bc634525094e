package mockserver

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/fault"
)

// setup serves requests: it is a config with everything built from it. State, such as the slots in
// use, is taken over from the previous setup if its config is the same.
type setup struct {
	config Config
	slots  *fault.Slots
	cost   fault.Cost
	faults faults
	random randomSources
	// until is when the setup is replaced by one of the base config; zero is never.
	until time.Time
}

// randomSources are the random sources of an answer.
type randomSources struct{ output, ids, batches, network, edge fault.RandomSource }

// setups holds the current setup, and the config to which a temporary one reverts.
type setups struct {
	mu   sync.Mutex
	base Config
	now  atomic.Pointer[setup]
}

// current returns the current setup. If it has expired, it is replaced first.
func (s *Server) current() *setup {
	now := s.setups.now.Load()
	if now.until.IsZero() || s.clock.Now().Before(now.until) {
		return now
	}
	s.setups.mu.Lock()
	defer s.setups.mu.Unlock()
	if s.setups.now.Load() == now { // no other goroutine has replaced it
		s.apply(s.setups.base, time.Time{})
	}
	return s.setups.now.Load()
}

// Config returns the current config.
func (s *Server) Config() Config { return s.current().config }

// Change changes the current config, for ttl or, if that is 0, permanently. If change
// fails or returns an invalid config, nothing changes. Requests in flight are finished
// with the config they began with. Slots, buckets and tokens keep their state.
func (s *Server) Change(change func(Config) (Config, error), ttl time.Duration) (Config, error) {
	s.current() // so that an expired change is undone first
	s.setups.mu.Lock()
	defer s.setups.mu.Unlock()
	now := s.setups.now.Load()
	next, err := s.changedConfig(now.config, change)
	if err != nil {
		return Config{}, err
	}
	until := s.clock.Now().Add(ttl)
	if ttl <= 0 {
		until = now.until
		base, err := s.changedConfig(s.setups.base, change)
		if err != nil {
			return Config{}, err
		}
		s.setups.base = base
	}
	s.apply(next, until)
	return next, nil
}

// changedConfig returns a config after a change, if it is valid.
func (s *Server) changedConfig(c Config, change func(Config) (Config, error)) (Config, error) {
	next, err := change(c)
	if err != nil {
		return c, err
	}
	return next, errors.Join(next.Validate(), s.checkRegions(next))
}

// Restore undoes every Change.
func (s *Server) Restore() {
	s.setups.mu.Lock()
	defer s.setups.mu.Unlock()
	s.setups.base = s.initial
	s.apply(s.initial, time.Time{})
}

// apply makes a config effective; setups.mu is held.
func (s *Server) apply(c Config, until time.Time) {
	before := s.setups.now.Load()
	next := newSetup(c)
	next.until = until
	if before != nil {
		if before.config.Slots == c.Slots && before.config.Queue == c.Queue {
			next.slots = before.slots
		}
		if reflect.DeepEqual(before.config.Faults.FailFirst, c.Faults.FailFirst) {
			next.faults.failFirst = before.faults.failFirst
		}
		s.limiter.Configure(c.Limit, s.clock.Now())
		s.allowance.Configure(c.Limit.Spend)
		s.issuer.Configure(c.Auth)
		for _, region := range s.regions {
			region.authorizer.Configure(c.Auth)
		}
		s.setClocks(before.config.Clock, c.Clock)
	}
	s.setups.now.Store(next)
}

func newSetup(c Config) *setup {
	return &setup{
		config: c,
		slots:  fault.NewSlots(c.Slots, c.Queue),
		cost:   fault.NewCost(c.Seed, c.Latency),
		faults: newFaults(c.Seed, c.Faults),
		random: randomSources{
			output:  fault.NewRandomSource(c.Seed, "tokens.output"),
			ids:     fault.NewRandomSource(c.Seed, "answer.id"),
			batches: fault.NewRandomSource(c.Seed, "batches.duration"),
			network: fault.NewRandomSource(c.Seed, "regions.latency"),
			edge:    fault.NewRandomSource(c.Seed, "edge.latency"),
		},
	}
}

// setClocks sets the clocks whose settings have changed; the others keep their drift.
func (s *Server) setClocks(before, next Clock) {
	if before.Skew != next.Skew {
		s.regions[""].clock.Set(next.Offset, next.Drift)
	}
	if before.Issuer != next.Issuer {
		s.issuerClock.Set(next.Issuer.Offset, next.Issuer.Drift)
	}
	for name, region := range s.regions {
		if skew := next.skewOf(name); name != "" && before.skewOf(name) != skew {
			region.clock.Set(skew.Offset, skew.Drift)
		}
	}
}

// checkRegions refuses regions that the mock was not started with, which have no clock.
func (s *Server) checkRegions(c Config) error {
	for _, name := range c.regionNames() {
		if _, known := s.regions[name]; !known {
			return fmt.Errorf("regions.%s: the mock was started without this region", name)
		}
	}
	return nil
}

// newSkewedClock returns a clock that is off from base.
func newSkewedClock(base clock.Clock, by Skew) *clock.Adjustable {
	return clock.NewAdjustable(base, by.Offset, by.Drift)
}
