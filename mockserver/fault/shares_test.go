package fault_test

import (
	"math"
	"testing"
)

const attempts = 100_000

// expectShare checks that n of attempts is within 5 standard deviations of a share.
func expectShare(t *testing.T, what string, n int, share float64) {
	t.Helper()
	if off := math.Abs(float64(n) - attempts*share); off > 5*math.Sqrt(attempts*share*(1-share)) {
		t.Errorf("%s hit %d of %d, want a share of %v", what, n, attempts, share)
	}
}
