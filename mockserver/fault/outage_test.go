package fault_test

import (
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

func TestOutageHitsEveryRequestInItsWindow(t *testing.T) {
	window := fault.Outage{When: fault.When{After: 10, Until: 20}}.Trigger(1)
	half := fault.Outage{When: fault.When{Share: 0.5, After: 10, Until: 20}}.Trigger(1)
	never := fault.Outage{}.Trigger(1)
	hits := 0
	for id := range uint64(attempts) {
		age := time.Duration(id % 30)
		m := fault.Moment{Attempt: id, Age: age}
		if window.Hits(m) != (age >= 10 && age < 20) || never.Hits(m) {
			t.Fatalf("at %d: hits %v, without a window %v", age, window.Hits(m), never.Hits(m))
		}
		hits += toInt(half.Hits(m))
	}
	expectShare(t, "an outage with share 0.5", hits, 0.5/3)
}

func TestOutageValidates(t *testing.T) {
	window := fault.When{After: 10, Until: 20}
	expectInvalid(t, fault.Outage{}, "")
	expectInvalid(t, fault.Outage{When: window}, "")
	expectInvalid(t, fault.Outage{When: window, Status: 503}, "")
	expectInvalid(t, fault.Outage{When: window, Status: 200}, "200 is not an error status, expected 400 to 599, or 0 for a reset")
	expectInvalid(t, fault.Outage{When: fault.When{After: 20, Until: 10}}, "`until` must be later than `after`")
}
