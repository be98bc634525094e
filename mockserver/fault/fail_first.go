package fault

import "sync/atomic"

// FailFirst fails the first requests that arrive and no others. Only the order of arrival
// decides, not the seed. It counts all requests unless share, routes or times restrict it.
type FailFirst struct {
	When `yaml:",inline"`
	// Times is the number of requests that fail, 0…1000; default 0, none.
	Times int `yaml:"times" check:"min=0,max=1000"`
	// Status is the status of their answers, 400…599; default 503.
	Status int `yaml:"status" check:"min=400,max=599"`
}

// Validate checks what the tags of single fields cannot express.
func (f FailFirst) Validate() error { return f.withDefaultShare().Validate() }

// Countdown counts the requests that fail. It is safe for concurrent use.
type Countdown struct {
	trigger Trigger
	times   int64
	arrived atomic.Int64
}

// Countdown returns a new Countdown.
func (f FailFirst) Countdown(seed uint64) *Countdown {
	return &Countdown{trigger: NewTrigger(seed, "fail_first", f.withDefaultShare()), times: int64(f.Times)}
}

// Fails counts a request and reports whether it fails. It must be called once per request.
func (c *Countdown) Fails(m Moment) bool {
	if c.times == 0 || !c.trigger.Hits(m) {
		return false
	}
	return c.arrived.Add(1) <= c.times
}

// Restart makes the next request count as the first.
func (c *Countdown) Restart() { c.arrived.Store(0) }
