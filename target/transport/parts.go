package transport

import "time"

// Parts are stretches of a request's life between its pick-up and its last byte.
// None overlaps another, so their sum is at most the whole; what lies between
// them (handing over, building the request) is in none.
type Parts struct {
	// SlotWait is the wait for a slot, and Auth for a credential, over all attempts.
	SlotWait, Auth time.Duration
	// Connect is from sent until a connection was there, be it dialled or waited
	// for; Sending until the request was written; Waiting until the first byte of
	// the answer; Body until its last. They are the last attempt's and add up to
	// its Service.
	Connect, Sending, Waiting, Body time.Duration
	// Earlier is the attempts before the last, each from sent to its end.
	Earlier time.Duration
	// Between is from the end of an attempt until the next asks for a slot: the back-off.
	Between time.Duration
}

// Sum is what the parts add up to.
func (p Parts) Sum() time.Duration {
	return p.SlotWait + p.Auth + p.lastAttempt() + p.Earlier + p.Between
}

func (p Parts) lastAttempt() time.Duration { return p.Connect + p.Sending + p.Waiting + p.Body }

// again makes the last attempt an earlier one; another begins after pause.
func (p *Parts) again(pause time.Duration) {
	p.Earlier += p.lastAttempt()
	p.Between += pause
	p.Connect, p.Sending, p.Waiting, p.Body = 0, 0, 0, 0
}
