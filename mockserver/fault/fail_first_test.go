package fault_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestFailFirstGoesByOrderOfArrival(t *testing.T) {
	c := fault.FailFirst{Times: 3}.Countdown(1)
	for again := range 2 {
		for i := range 10 {
			// Attempt numbers descend: only the order of arrival counts.
			if got := c.Fails(fault.Moment{Attempt: uint64(100 - i)}); got != (i < 3) {
				t.Errorf("round %d, request %d: %v", again, i, got)
			}
		}
		c.Restart()
	}
}

func TestFailFirstCountsAcrossGoroutines(t *testing.T) {
	c := fault.FailFirst{Times: 100}.Countdown(1)
	var failed atomic.Int64
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			if c.Fails(fault.Moment{Attempt: uint64(i)}) {
				failed.Add(1)
			}
		})
	}
	all.Wait()
	if failed.Load() != 100 {
		t.Errorf("%d failed, want 100", failed.Load())
	}
}

func TestFailFirstCountsOnlyMatchingRequests(t *testing.T) {
	c := fault.FailFirst{When: fault.When{Routes: []string{"/a"}, After: 10}, Times: 1}.Countdown(1)
	never := fault.FailFirst{}.Countdown(1)
	for _, test := range []struct {
		moment fault.Moment
		want   bool
	}{
		{fault.Moment{Route: "/b", Age: 10}, false},
		{fault.Moment{Route: "/a", Age: 9}, false},
		{fault.Moment{Route: "/a", Age: 10}, true},
		{fault.Moment{Route: "/a", Age: 10}, false},
	} {
		if got := c.Fails(test.moment); got != test.want {
			t.Errorf("%+v: %v", test.moment, got)
		}
		if never.Fails(test.moment) {
			t.Errorf("%+v fails although times is 0", test.moment)
		}
	}
	expectInvalid(t, fault.FailFirst{When: fault.When{After: 10}, Times: 1}, "")
	expectInvalid(t, fault.FailFirst{When: fault.When{For: 10}, Times: 1}, "`for` requires `every`, the interval between windows")
}
