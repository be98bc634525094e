package attack

import (
	"time"

	"weighbridge/bench/record"
)

// addParts adds the parts of an answered prompt's response latency. fill is how long it
// waited for its batch. The remainder is what belongs to no other part, so that the
// parts always add up to the response latency.
func addParts(to *record.Parts, h hit, due time.Time, fill time.Duration) {
	x := h.exchange
	response := x.End.Sub(due)
	sendLag := h.PickedUp.Sub(due) - fill
	for _, part := range []struct {
		sum *record.Sum
		d   time.Duration
	}{
		{&to.Fill, fill},
		{&to.SendLag, sendLag},
		{&to.SlotWait, x.SlotWait},
		{&to.Auth, x.Auth},
		{&to.Earlier, x.Earlier},
		{&to.Between, x.Between},
		{&to.Connect, x.Connect},
		{&to.Sending, x.Sending},
		{&to.Waiting, x.Waiting},
		{&to.Body, x.Body},
		{&to.Remainder, response - fill - sendLag - x.Sum()},
	} {
		if part.d != 0 {
			part.sum.Add(part.d)
		}
	}
	if n := len(x.Attempts); n > 0 {
		for _, timing := range x.Attempts[n-1].Timings {
			to.AddServer(timing.Name, timing.Duration)
		}
	}
}
