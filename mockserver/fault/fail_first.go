package fault

import "sync/atomic"

// FailFirst fails the first requests that come and then succeeds, whatever
// their seed says: which they are is their order of arrival. It counts every
// request unless a share, routes or times are given.
type FailFirst struct {
	When `yaml:",inline"`
	// Times is how many requests fail, at least 0; default 0, none.
	Times int `yaml:"times" check:"min=0"`
	// Status is what they are answered with, 400…599; default 503.
	Status int `yaml:"status" check:"min=400,max=599"`
}

// Validate checks what one field alone cannot show.
func (f FailFirst) Validate() error { return f.whole().Validate() }

// Countdown counts the failures left. It is safe for concurrent use.
type Countdown struct {
	trigger Trigger
	times   int64
	come    atomic.Int64
}

// Countdown returns what counts from the first request on.
func (f FailFirst) Countdown(seed uint64) *Countdown {
	return &Countdown{trigger: NewTrigger(seed, "fail_first", f.whole()), times: int64(f.Times)}
}

// Fails counts a request and reports whether it fails. It is to be called once for each.
func (c *Countdown) Fails(m Moment) bool {
	if c.times == 0 || !c.trigger.Hits(m) {
		return false
	}
	return c.come.Add(1) <= c.times
}

// Restart lets the next request be the first again.
func (c *Countdown) Restart() { c.come.Store(0) }
