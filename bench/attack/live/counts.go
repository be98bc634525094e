// Package live counts what an arm does, for readers while its run is on.
package live

import (
	"sync/atomic"
	"time"

	"weighbridge/target"
)

// Counts are what an arm has measured so far: what its record counts, and capacity probes. Counting
// allocates nothing. What has ended is counted by one goroutine at a time; what begins may be
// counted, and everything read, by any goroutine at any time. A nil *Counts counts nothing.
type Counts struct {
	// Due is the prompts that have come to be due, Answered, Failed and NeverSent what became of
	// them, and CutOff those of the Failed that the harness ended itself.
	Due, Answered, Failed, NeverSent, CutOff atomic.Uint64
	// InFlight is the requests that are sent, or wait for a slot (client.in_flight). It has those of
	// the warm-up too.
	InFlight atomic.Int64
	// Response is the response latencies of answered prompts, TTFT from when a prompt was due to the
	// first content of its stream, and SendLag how late requests of open load were picked up.
	Response, TTFT, SendLag Histogram
	// calls counts attempts by HTTP status.
	calls [statuses]atomic.Uint64
}

// statuses is the number of three-digit statuses, 0 included.
const statuses = 1000

// NoStatus is the status of an attempt without a whole response.
const NoStatus = 0

// Ended counts a prompt that was answered, or that failed with a class.
func (c *Counts) Ended(response time.Duration, failed bool, class target.Class) {
	switch {
	case c == nil:
	case !failed:
		c.Answered.Add(1)
		c.Response.Record(response)
	default:
		c.Failed.Add(1)
		if class == target.CutOff {
			c.CutOff.Add(1)
		}
	}
}

// Failures is how many prompts failed, without those that the harness ended itself.
func (c *Counts) Failures() uint64 {
	cutOff := c.CutOff.Load() // first, as they are counted as failed before
	return c.Failed.Load() - cutOff
}

// BecameDue counts prompts that are due.
func (c *Counts) BecameDue(prompts uint64) {
	if c != nil {
		c.Due.Add(prompts)
	}
}

// WereNotSent counts prompts that were due and were not sent.
func (c *Counts) WereNotSent(prompts uint64) {
	if c != nil {
		c.NeverSent.Add(prompts)
	}
}

// Lagged counts how late a request was picked up.
func (c *Counts) Lagged(lag time.Duration) {
	if c != nil {
		c.SendLag.Record(lag)
	}
}

// Began counts when the first content of a stream arrived.
func (c *Counts) Began(ttft time.Duration) {
	if c != nil {
		c.TTFT.Record(ttft)
	}
}

// Called counts an attempt by its HTTP status; NoStatus if there was none.
func (c *Counts) Called(status int) {
	if c == nil {
		return
	}
	if status < 0 || status >= statuses {
		status = NoStatus
	}
	c.calls[status].Add(1)
}

// Calls yields the statuses that attempts have had, in order, with their number.
func (c *Counts) Calls(yield func(status int, attempts uint64) bool) {
	for status := range c.calls {
		if n := c.calls[status].Load(); n > 0 && !yield(status, n) {
			return
		}
	}
}

// Arm is an arm whose run is on.
type Arm struct {
	Name   string
	Counts *Counts
}
