package fault

import (
	"errors"
	"time"
)

// Stall freezes the whole server while its window is open: no answer, whenever
// its request came, leaves before the window ends. It hits every request unless
// a share or routes are given.
type Stall struct {
	When `yaml:",inline"`
}

// Validate checks what one field alone cannot show: a stall must end.
func (f Stall) Validate() error {
	given := f.timed() || f.Share > 0
	if given && f.Until == 0 && (f.For == 0 || f.For == f.Every) {
		return errors.New("has no end: give until, or every and a for under it")
	}
	return f.Trigger(0).when.Validate()
}

// Trigger decides which requests are frozen; one that is gets its answer after
// its Left, however often it is asked.
func (f Stall) Trigger(seed uint64) Trigger {
	when := f.When
	if f.timed() {
		when = f.whole()
	}
	return NewTrigger(seed, "stall", when)
}

// Freeze is how long the answer to a request which is hit is held back from
// that age on: 0 outside a window, and for a stall without an end.
func (f Stall) Freeze(age time.Duration) time.Duration {
	if left := f.Left(age); left < forever {
		return left
	}
	return 0
}
