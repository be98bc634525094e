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

// setup is a config at work. What counts (slots in use, levels of buckets) is
// shared with the setup before it where the config asks for the same.
type setup struct {
	config  Config
	slots   *fault.Slots
	cost    fault.Cost
	faults  faults
	streams streams
	// until is when the config before it comes back; zero is never.
	until time.Time
}

// streams are what an answer is drawn from.
type streams struct{ output, names, batches fault.RandomSource }

// setups holds the setup that requests are served by, and what it falls back to.
type setups struct {
	mu   sync.Mutex
	base Config
	now  atomic.Pointer[setup]
}

// current is the setup at this moment: one whose time is over is taken back first.
func (s *Server) current() *setup {
	now := s.setups.now.Load()
	if now.until.IsZero() || s.clock.Now().Before(now.until) {
		return now
	}
	s.setups.mu.Lock()
	defer s.setups.mu.Unlock()
	if s.setups.now.Load() == now { // nobody else was quicker
		s.enter(s.setups.base, time.Time{})
	}
	return s.setups.now.Load()
}

// Config is what the mock is at this moment.
func (s *Server) Config() Config { return s.current().config }

// Change makes a new config of the present one, for ttl or, if that is 0, for
// good: nothing changes where change fails or what it gives does not validate.
// Requests under way end by the config they began with. Slots, buckets and
// tokens keep what they hold.
func (s *Server) Change(change func(Config) (Config, error), ttl time.Duration) (Config, error) {
	s.current() // what is over is no part of it
	s.setups.mu.Lock()
	defer s.setups.mu.Unlock()
	now := s.setups.now.Load()
	next, err := s.changed(now.config, change)
	if err != nil {
		return Config{}, err
	}
	until := s.clock.Now().Add(ttl)
	if ttl <= 0 {
		until = now.until
		base, err := s.changed(s.setups.base, change)
		if err != nil {
			return Config{}, err
		}
		s.setups.base = base
	}
	s.enter(next, until)
	return next, nil
}

// changed is a config after a change, if it is one the mock can be.
func (s *Server) changed(c Config, change func(Config) (Config, error)) (Config, error) {
	next, err := change(c)
	if err != nil {
		return c, err
	}
	return next, errors.Join(next.Validate(), s.checkRegions(next))
}

// Restore takes back every Change: the mock is what it was made.
func (s *Server) Restore() {
	s.setups.mu.Lock()
	defer s.setups.mu.Unlock()
	s.setups.base = s.made
	s.enter(s.made, time.Time{})
}

// enter puts a config to work; setups.mu is held.
func (s *Server) enter(c Config, until time.Time) {
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
		streams: streams{
			output:  fault.NewRandomSource(c.Seed, "tokens.output"),
			names:   fault.NewRandomSource(c.Seed, "answer.id"),
			batches: fault.NewRandomSource(c.Seed, "batches.duration"),
		},
	}
}

// setClocks moves the clocks whose settings are new; the drift of the others goes on.
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

// checkRegions refuses regions that the mock was not made with: their clocks
// are made with it.
func (s *Server) checkRegions(c Config) error {
	for name := range c.Clock.Regions {
		if _, known := s.regions[name]; !known {
			return fmt.Errorf("clock.regions.%s: the mock was started without this region", name)
		}
	}
	return nil
}

// skewed is a clock that a config skews.
func skewed(base clock.Clock, by Skew) *clock.Adjustable {
	return clock.NewAdjustable(base, by.Offset, by.Drift)
}
