package machine

import (
	"math"
	"runtime"
	"testing"
	"time"
)

func TestSharesBetweenReadings(t *testing.T) {
	began := time.Now()
	first := reading{at: began, own: time.Second, ownKnown: true, busy: 100, full: 400}
	last := reading{at: began.Add(time.Second), own: 1500 * time.Millisecond, ownKnown: true, busy: 250, full: 600}
	own, all := last.since(first)
	if want := 0.5 / float64(runtime.GOMAXPROCS(0)); own == nil || math.Abs(*own-want) > 1e-9 {
		t.Errorf("the harness used %v, want %v", own, want)
	}
	if all == nil || *all != 0.75 {
		t.Errorf("all used %v, want 0.75", all)
	}
	for name, r := range map[string]reading{"not reached": {}, "at once": first} {
		if own, all := r.since(first); own != nil || all != nil {
			t.Errorf("%s: %v, %v", name, own, all)
		}
	}
	last.ownKnown, last.full = false, 400
	if own, all := last.since(first); own != nil || all != nil {
		t.Errorf("unknown: %v, %v", own, all)
	}
}

func TestSharesOfAPeriodThatIsNotOverAreUnknown(t *testing.T) {
	now := time.Now()
	if own, all := Shares(now, now.Add(time.Hour))(); own != nil || all != nil {
		t.Errorf("%v, %v", own, all)
	}
}
