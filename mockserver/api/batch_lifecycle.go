package api

import "time"

// The values of a batch's processing_status.
const (
	inProgress = "in_progress"
	canceling  = "canceling"
	ended      = "ended"
)

const (
	// maxBatchDuration is how long after its creation a batch expires.
	maxBatchDuration = 24 * time.Hour
	// cancelDuration is how long canceling takes.
	cancelDuration = 100 * time.Millisecond
)

// lifecycle determines what state a batch is in at any time.
type lifecycle struct {
	created time.Time
	// duration is how long processing takes if it is not canceled.
	duration time.Duration
	// requests is the number of requests in the batch.
	requests int
	// canceled is when cancellation was requested; zero if it was not.
	canceled time.Time
}

func (l lifecycle) expires() time.Time { return l.created.Add(maxBatchDuration) }

// end returns when processing ends, unless a cancellation follows.
func (l lifecycle) end() time.Time {
	end := l.created.Add(min(l.duration, maxBatchDuration))
	if cancel := l.canceled.Add(cancelDuration); !l.canceled.IsZero() && cancel.Before(end) {
		return cancel
	}
	return end
}

func (l lifecycle) state(now time.Time) string {
	switch {
	case !now.Before(l.end()):
		return ended
	case !l.canceled.IsZero():
		return canceling
	}
	return inProgress
}

// doneAt returns when request i, counted from 0, is done if the batch is not canceled.
func (l lifecycle) doneAt(i int) time.Time {
	share := float64(i+1) / float64(l.requests)
	return l.created.Add(time.Duration(share * float64(l.duration)))
}

// unfinishedAs returns the result type of request i if it was not done, canceled or
// expired; empty if it was done.
func (l lifecycle) unfinishedAs(i int) string {
	switch {
	case !l.canceled.IsZero() && l.doneAt(i).After(l.canceled):
		return "canceled"
	case l.doneAt(i).After(l.expires()):
		return "expired"
	}
	return ""
}
