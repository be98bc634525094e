package gate

import "testing"

func TestBoundsOfAShareAreWithinOne(t *testing.T) {
	for _, effect := range []float64{-1, 0, 1} {
		e := evidence{effect: effect}
		e.boundShare(0, 0.05, 1, 100)
		if e.low < -1 || e.high > 1 || e.low > effect || e.high < effect || e.high == e.low {
			t.Errorf("of %v: %v to %v", effect, e.low, e.high)
		}
	}
}
