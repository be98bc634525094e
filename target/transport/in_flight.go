package transport

import "sync/atomic"

// inFlight counts the attempts that have a connection; attempts still waiting for one are not counted.
type inFlight struct{ now, peak atomic.Int64 }

func (f *inFlight) enter() {
	now := f.now.Add(1)
	for peak := f.peak.Load(); now > peak && !f.peak.CompareAndSwap(peak, now); peak = f.peak.Load() {
	}
}

func (f *inFlight) leave() { f.now.Add(-1) }

// TakePeak returns the most attempts that had a connection at once since the last call. A connection
// may serve the next attempt before the last has ended here, so that the limit of the client counts.
func (c *Client) TakePeak() uint64 {
	peak := uint64(c.flight.peak.Swap(0))
	limit := uint64(c.Client.Connections)
	if c.Connections.http2 != nil {
		limit *= uint64(c.Client.Streams)
	}
	if c.Regions != nil {
		limit *= uint64(len(c.Regions.Bases))
	}
	if limit > 0 {
		return min(peak, limit)
	}
	return peak
}
