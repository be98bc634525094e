package fault_test

import (
	"testing"
	"time"

	"weighbridge/mockserver/fault"
)

func TestStallFreezesUntilItsWindowEnds(t *testing.T) {
	stall := fault.Stall{When: fault.When{After: 10, Every: 10, For: 3}}
	trigger := stall.Trigger(1)
	for age, want := range map[time.Duration]time.Duration{9: 0, 10: 3, 12: 1, 13: 0, 21: 2} {
		for id := range uint64(100) { // every request, whatever its number
			if m := (fault.Moment{Attempt: id, Age: age}); trigger.Hits(m) != (want > 0) || stall.Freeze(age) != want {
				t.Fatalf("at %d: hits %v for %d, want %d", age, trigger.Hits(m), stall.Freeze(age), want)
			}
		}
	}
	if m := (fault.Moment{}); (fault.Stall{}).Trigger(1).Hits(m) {
		t.Error("a stall that is not configured hits")
	}
	// A request may ask for a stall that is not configured; there is no window to wait for.
	if wait := (fault.Stall{}).Freeze(5); wait != 0 {
		t.Errorf("a stall that is not configured freezes for %v", wait)
	}
}

func TestStallMustEnd(t *testing.T) {
	const endless = "a stall must end: set until, or every and a shorter for"
	expectInvalid(t, fault.Stall{}, "")
	expectInvalid(t, fault.Stall{When: fault.When{After: 1, Until: 2}}, "")
	expectInvalid(t, fault.Stall{When: fault.When{Every: 5, For: 2}}, "")
	expectInvalid(t, fault.Stall{When: fault.When{Share: 1}}, endless)
	expectInvalid(t, fault.Stall{When: fault.When{After: 1}}, endless)
	expectInvalid(t, fault.Stall{When: fault.When{Every: 5, For: 5}}, endless)
	expectInvalid(t, fault.Stall{When: fault.When{Every: 5, For: 6}}, "`for` must not be longer than `every`")
}
