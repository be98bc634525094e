package fault

import (
	"errors"
	"time"
)

// Stall freezes the whole server during its windows: no answer is sent before the end of
// the window, whenever its request arrived. It hits every request unless share or routes
// restrict it.
type Stall struct {
	When `yaml:",inline"`
}

// Validate checks what the tags of single fields cannot express, and that the stall ends.
func (f Stall) Validate() error {
	given := f.isTimed() || f.Share > 0
	if given && f.Until == 0 && (f.For == 0 || f.For == f.Every) {
		return errors.New("a stall must end: set until, or every and a shorter for")
	}
	return f.Trigger(0).when.Validate()
}

// Trigger returns the trigger that decides which requests are frozen. Its decision about
// a request is the same in every window.
func (f Stall) Trigger(seed uint64) Trigger {
	when := f.When
	if f.isTimed() {
		when = f.withDefaultShare()
	}
	return NewTrigger(seed, "stall", when)
}

// Freeze returns how long an answer that is ready at the given age of the mock must wait:
// 0 outside of windows and for a stall without an end.
func (f Stall) Freeze(age time.Duration) time.Duration {
	if remaining := f.Remaining(age); remaining < forever {
		return remaining
	}
	return 0
}
