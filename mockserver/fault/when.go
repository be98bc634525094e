package fault

import (
	"errors"
	"slices"
	"time"
)

// When says which requests a fault is dealt to: those that all of it is true of.
type When struct {
	// Share is the share of requests that are hit, 0…1; default 0.
	Share float64 `yaml:"share,scalar" check:"min=0,max=1"`
	// Routes are the paths that are hit, as the dialect writes them; default all.
	Routes []string `yaml:"routes"`
	// After is when the fault begins, from the mock's start, at least 0; default 0.
	After time.Duration `yaml:"after" check:"min=0"`
	// Until is when it ends, from the mock's start, at least 0; default 0, never.
	Until time.Duration `yaml:"until" check:"min=0"`
	// Every repeats it in windows, one in each such time from its beginning, at least 0; default 0, one window without end.
	Every time.Duration `yaml:"every" check:"min=0"`
	// For is how long each window lasts, at least 0; default 0, as long as every.
	For time.Duration `yaml:"for" check:"min=0"`
}

// Validate checks what one field alone cannot show.
func (w When) Validate() error {
	switch {
	case w.Until > 0 && w.Until <= w.After:
		return errors.New("until is not after after")
	case w.For > 0 && w.Every == 0:
		return errors.New("for needs every, the time between the beginnings of two windows")
	case w.For > w.Every:
		return errors.New("for is over every")
	case w.Share == 0 && (len(w.Routes) > 0 || w.timed()):
		return errors.New("share is 0, so that its routes and times say nothing")
	}
	return nil
}

// Left is how long from that age the fault is dealt without a pause: 0 where it
// is not, forever where it has no end.
func (w When) Left(age time.Duration) time.Duration {
	if age < w.After || w.Until > 0 && age >= w.Until {
		return 0
	}
	left := time.Duration(forever)
	if w.Until > 0 {
		left = w.Until - age
	}
	if w.Every > 0 && w.For > 0 && w.For < w.Every {
		into := (age - w.After) % w.Every
		left = min(left, w.For-into)
	}
	return max(left, 0)
}

// timed reports whether it says anything about time.
func (w When) timed() bool { return w.After > 0 || w.Until > 0 || w.Every > 0 || w.For > 0 }

// whole is w for a fault that hits every request unless it is told otherwise.
func (w When) whole() When {
	if w.Share == 0 {
		w.Share = 1
	}
	return w
}

// Moment is what decides whether a request is hit.
type Moment struct {
	// Attempt is the number that the request's decisions are drawn from.
	Attempt uint64
	// Route is the path as the dialect writes it.
	Route string
	// Age is how long ago the mock started.
	Age time.Duration
	// Asked are the faults that the request asks for by name: they hit it whatever else.
	Asked []string
}

// Trigger decides which requests one fault hits.
type Trigger struct {
	name   string
	stream Stream
	when   When
}

// NewTrigger returns the trigger of the fault of that name.
func NewTrigger(seed uint64, name string, when When) Trigger {
	return Trigger{name, NewStream(seed, name), when}
}

// Hits reports whether a request is hit.
func (t Trigger) Hits(m Moment) bool { return t.asked(m) || t.hits(m, 0) }

// Shared reports whether requests may be hit that did not ask for it.
func (t Trigger) Shared() bool { return t.when.Share > 0 }

// Draw gives the numbers that a hit on a request takes besides the one that
// decided it.
func (t Trigger) Draw(m Moment) Draw {
	return func(index int) float64 { return t.stream.AtIndex(m.Attempt, index+1) }
}

// Draw is the seeded number at an index of at least 0, even in [0, 1).
type Draw func(index int) float64

func (t Trigger) asked(m Moment) bool { return slices.Contains(m.Asked, t.name) }

func (t Trigger) hits(m Moment, index int) bool {
	return t.when.Share > 0 && t.when.covers(m) && t.stream.AtIndex(m.Attempt, index) < t.when.Share
}

// Open reports whether the mock is at an age at which the fault is dealt.
func (t Trigger) Open(age time.Duration) bool { return t.Left(age) > 0 }

// Left is how long from that age the fault is dealt without a pause: 0 where it
// is not, forever where it has no end.
func (t Trigger) Left(age time.Duration) time.Duration { return t.when.Left(age) }

// forever is longer than any mock lives.
const forever = 1 << 62

// covers reports whether the fault is dealt to some requests of that moment.
func (w When) covers(m Moment) bool {
	return (len(w.Routes) == 0 || slices.Contains(w.Routes, m.Route)) && w.Left(m.Age) > 0
}
