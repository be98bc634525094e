package transport

import "time"

// Parts breaks down the time of a request from when a worker picks it up to its last
// byte. The parts do not overlap, so their sum is at most the total; the time between
// them belongs to none.
type Parts struct {
	// SlotWait is the time spent waiting for a slot, Auth the time spent obtaining a
	// credential, both over all attempts.
	SlotWait, Auth time.Duration
	// CacheWait is the time spent waiting for the answer to an equal request (client.cache.single_flight).
	CacheWait time.Duration
	// LimitWait is the time for which attempts were held back by rate limits, over all of them.
	LimitWait time.Duration
	// Connect is the time from sending until a connection was dialled or became free,
	// Sending from then until the request was written, Waiting until the first byte
	// of the response, Body until its last. They are the last attempt's, and add up
	// to its Service.
	Connect, Sending, Waiting, Body time.Duration
	// Earlier is the total service time of all attempts before the last.
	Earlier time.Duration
	// Between is the total back-off: the end of an attempt until the next one asks
	// for a slot.
	Between time.Duration
}

// Sum returns the sum of all parts.
func (p Parts) Sum() time.Duration {
	return p.CacheWait + p.LimitWait + p.SlotWait + p.Auth + p.lastAttempt() + p.Earlier + p.Between
}

func (p Parts) lastAttempt() time.Duration { return p.Connect + p.Sending + p.Waiting + p.Body }

// startRetry adds the last attempt to Earlier, and pause, the back-off before the
// next attempt, to Between.
func (p *Parts) startRetry(pause time.Duration) {
	p.Earlier += p.lastAttempt()
	p.Between += pause
	p.Connect, p.Sending, p.Waiting, p.Body = 0, 0, 0, 0
}
