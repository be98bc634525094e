package fault

import "fmt"

// Outage is a period in which no request is served. It hits every request in its window
// unless share or routes restrict it.
type Outage struct {
	When `yaml:",inline"`
	// Status is the status of the answers, 400…599, or 0 to reset the connections; default 503.
	Status int `yaml:"status" check:"min=0,max=599"`
}

// Validate checks what the tags of single fields cannot express.
func (f Outage) Validate() error {
	if f.Status != 0 && !isError(f.Status) {
		return fmt.Errorf("%d is not an error status, expected 400 to 599, or 0 for a reset", f.Status)
	}
	return f.Trigger(0).when.Validate()
}

// Trigger returns the trigger that decides which requests are hit.
func (f Outage) Trigger(seed uint64) Trigger {
	when := f.When
	if f.isTimed() {
		when = f.withDefaultShare()
	}
	return NewTrigger(seed, "outage", when)
}
