package fault

import (
	"errors"
	"slices"
	"time"
)

// When says which requests a fault hits: those that meet all of its conditions.
type When struct {
	// Share is the share of requests that are hit, 0…1; default 0.
	Share float64 `yaml:"share,scalar" check:"min=0,max=1"`
	// Routes are the paths that are hit, as the dialect writes them; default all.
	Routes []string `yaml:"routes"`
	// After is when the fault begins, since the mock's start, 0…8760h; default 0.
	After time.Duration `yaml:"after" check:"min=0,max=8760h"`
	// Until is when it ends, since the mock's start, 0…8760h; default 0, never.
	Until time.Duration `yaml:"until" check:"min=0,max=8760h"`
	// Every is the interval at which the fault recurs, from the beginning of one window to that of the next, 0…8760h; default 0, a single window.
	Every time.Duration `yaml:"every" check:"min=0,max=8760h"`
	// For is how long each window lasts, 0…8760h; default 0, as long as every.
	For time.Duration `yaml:"for" check:"min=0,max=8760h"`
}

// Validate checks what the tags of single fields cannot express.
func (w When) Validate() error {
	switch {
	case w.Until > 0 && w.Until <= w.After:
		return errors.New("`until` must be later than `after`")
	case w.For > 0 && w.Every == 0:
		return errors.New("`for` requires `every`, the interval between windows")
	case w.For > w.Every:
		return errors.New("`for` must not be longer than `every`")
	case w.Share == 0 && (len(w.Routes) > 0 || w.isTimed()):
		return errors.New("routes and times have no effect because share is 0")
	}
	return nil
}

// Remaining returns how much of the current window remains at an age of the mock: 0
// outside of windows, forever if the window has no end.
func (w When) Remaining(age time.Duration) time.Duration {
	if age < w.After || w.Until > 0 && age >= w.Until {
		return 0
	}
	remaining := time.Duration(forever)
	if w.Until > 0 {
		remaining = w.Until - age
	}
	if w.Every > 0 && w.For > 0 && w.For < w.Every {
		sinceWindowStart := (age - w.After) % w.Every
		remaining = min(remaining, w.For-sinceWindowStart)
	}
	return max(remaining, 0)
}

// isTimed reports whether w restricts the fault to some time.
func (w When) isTimed() bool { return w.After > 0 || w.Until > 0 || w.Every > 0 || w.For > 0 }

// withDefaultShare returns w with a share of 1 if it has none, for faults that hit every
// request by default.
func (w When) withDefaultShare() When {
	if w.Share == 0 {
		w.Share = 1
	}
	return w
}

// Moment holds everything that decides whether a fault hits a request.
type Moment struct {
	// Attempt is the number from which the request's random decisions are derived.
	Attempt uint64
	// Route is the path as the dialect writes it.
	Route string
	// Age is the time since the mock started.
	Age time.Duration
	// Requested are the names of the faults that the request asks for; they always hit it.
	Requested []string
}

// Trigger decides which requests one fault hits.
type Trigger struct {
	name   string
	random RandomSource
	when   When
}

// NewTrigger returns the trigger of the named fault.
func NewTrigger(seed uint64, name string, when When) Trigger {
	return Trigger{name, NewRandomSource(seed, name), when}
}

// Hits reports whether the fault applies to a request.
func (t Trigger) Hits(m Moment) bool { return t.isRequested(m) || t.hitsByShare(m, 0) }

// HasShare reports whether the fault may hit requests that did not ask for it.
func (t Trigger) HasShare() bool { return t.when.Share > 0 }

// Draw returns random numbers for a fault that hits a request, independent of the one
// that decided that it does.
func (t Trigger) Draw(m Moment) Draw {
	return func(index int) float64 { return t.random.AtIndex(m.Attempt, index+1) }
}

// Draw returns the random number with an index of at least 0, uniform in [0, 1).
type Draw func(index int) float64

func (t Trigger) isRequested(m Moment) bool { return slices.Contains(m.Requested, t.name) }

func (t Trigger) hitsByShare(m Moment, index int) bool {
	return t.when.Share > 0 && t.when.appliesTo(m) && t.random.AtIndex(m.Attempt, index) < t.when.Share
}

// Active reports whether an age of the mock lies in one of the fault's windows.
func (t Trigger) Active(age time.Duration) bool { return t.Remaining(age) > 0 }

// Remaining is When.Remaining.
func (t Trigger) Remaining(age time.Duration) time.Duration { return t.when.Remaining(age) }

// forever is longer than any mock runs: 146 years.
const forever = 1 << 62

// appliesTo reports whether the route and the time of a moment meet the conditions.
func (w When) appliesTo(m Moment) bool {
	return (len(w.Routes) == 0 || slices.Contains(w.Routes, m.Route)) && w.Remaining(m.Age) > 0
}
