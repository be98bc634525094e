package regions

import "time"

// state is the health of one region, as its checks find it. A region is healthy at first.
type state struct {
	Health
	// inRow is how many of the last checks, in a row, speak against what the region is taken for.
	inRow int
	down  bool
	// back is when a region that is down is used again; zero while it is not known to be.
	back time.Time
}

// check notes that a check ended.
func (s *state) check(at time.Time, well bool) {
	s.recover(at)
	switch {
	case !s.down && well, s.down && !well:
		s.inRow, s.back = 0, time.Time{}
		return
	}
	s.inRow++
	switch {
	case !s.down && s.inRow >= s.UnhealthyAfter:
		s.down, s.inRow = true, 0
	case s.down && s.back.IsZero() && s.inRow >= s.HealthyAfter:
		s.back = at.Add(s.FailBack)
	}
}

// recover makes the region healthy if its time has come.
func (s *state) recover(now time.Time) {
	if s.down && !s.back.IsZero() && !now.Before(s.back) {
		*s = state{Health: s.Health}
	}
}

// healthy reports whether the region is used.
func (s *state) healthy(now time.Time) bool {
	s.recover(now)
	return !s.down
}

// cache is what a client knows of the healthy regions: an answer of the DNS, until it expires.
type cache struct {
	DNS
	answer  []int
	expires time.Time
}

// lookUp returns the regions of the last answer, or of a new one if that has expired. ask is not
// called otherwise.
func (c *cache) lookUp(now time.Time, ask func() []int) []int {
	if c.answer == nil || !now.Before(c.expires) {
		c.answer, c.expires = ask(), now.Add(max(c.TTL, c.ClientCache))
	}
	return c.answer
}

// distance is how long the last checks of a region that succeeded took.
type distance struct {
	took []time.Duration
}

// window is the number of checks of which the lowest latency counts.
const window = 5

func (d *distance) add(took time.Duration) {
	if len(d.took) == window {
		d.took = append(d.took[:0], d.took[1:]...)
	}
	d.took = append(d.took, took)
}

// unknown is farther than any region that answered.
const unknown = time.Duration(1<<63 - 1)

// least is the shortest of the last checks; unknown if none succeeded.
func (d *distance) least() time.Duration {
	least := unknown
	for _, took := range d.took {
		least = min(least, took)
	}
	return least
}
