package fault

import "fmt"

// Outage is a time in which no request is answered. It hits every request in
// its window unless a share or routes are given.
type Outage struct {
	When `yaml:",inline"`
	// Status is what requests are answered with, 400…599, or 0, which resets their connections; default 503.
	Status int `yaml:"status" check:"min=0,max=599"`
}

// Validate checks what one field alone cannot show.
func (f Outage) Validate() error {
	if f.Status != 0 && !isError(f.Status) {
		return fmt.Errorf("%d is no error status, expected 400 to 599, or 0 for a reset", f.Status)
	}
	return f.Trigger(0).when.Validate()
}

// Trigger decides which requests are hit.
func (f Outage) Trigger(seed uint64) Trigger {
	when := f.When
	if f.timed() {
		when = f.whole()
	}
	return NewTrigger(seed, "outage", when)
}
