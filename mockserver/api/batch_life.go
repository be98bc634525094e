package api

import "time"

// What a batch's processing_status may be.
const (
	inProgress = "in_progress"
	canceling  = "canceling"
	ended      = "ended"
)

const (
	// expiry is how long after it was made a batch ends at the latest.
	expiry = 24 * time.Hour
	// cancellation is how long canceling takes.
	cancellation = 100 * time.Millisecond
)

// life is when things happen to a batch.
type life struct {
	created time.Time
	lasts   time.Duration
	// requests is how many it holds.
	requests int
	// canceled is when cancellation was asked for; zero is never.
	canceled time.Time
}

func (l life) expires() time.Time { return l.created.Add(expiry) }

// end is when processing ends, as things stand.
func (l life) end() time.Time {
	end := l.created.Add(min(l.lasts, expiry))
	if cancel := l.canceled.Add(cancellation); !l.canceled.IsZero() && cancel.Before(end) {
		return cancel
	}
	return end
}

func (l life) state(now time.Time) string {
	switch {
	case !now.Before(l.end()):
		return ended
	case !l.canceled.IsZero():
		return canceling
	}
	return inProgress
}

// done is when request i, counted from 0, would be done.
func (l life) done(i int) time.Time {
	share := float64(i+1) / float64(l.requests)
	return l.created.Add(time.Duration(share * float64(l.lasts)))
}

// fate is why request i was never done; empty is that it was.
func (l life) fate(i int) string {
	switch {
	case !l.canceled.IsZero() && l.done(i).After(l.canceled):
		return "canceled"
	case l.done(i).After(l.expires()):
		return "expired"
	}
	return ""
}
