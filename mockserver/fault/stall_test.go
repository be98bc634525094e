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
		t.Error("a stall that is not given hits")
	}
	// A request may ask for a stall where none is given: it has no window to wait for.
	if left := (fault.Stall{}).Freeze(5); left != 0 {
		t.Errorf("a stall that is not given freezes for %v", left)
	}
}

func TestStallMustEnd(t *testing.T) {
	const endless = "has no end: give until, or every and a for under it"
	invalid(t, fault.Stall{}, "")
	invalid(t, fault.Stall{When: fault.When{After: 1, Until: 2}}, "")
	invalid(t, fault.Stall{When: fault.When{Every: 5, For: 2}}, "")
	invalid(t, fault.Stall{When: fault.When{Share: 1}}, endless)
	invalid(t, fault.Stall{When: fault.When{After: 1}}, endless)
	invalid(t, fault.Stall{When: fault.When{Every: 5, For: 5}}, endless)
	invalid(t, fault.Stall{When: fault.When{Every: 5, For: 6}}, "for is over every")
}
