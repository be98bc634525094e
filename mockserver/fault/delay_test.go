package fault_test

import (
	"testing"
	"time"

	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

func TestDelayDrawsItsTime(t *testing.T) {
	even := fault.Delay{By: dist.Duration{Uniform: &dist.Uniform[time.Duration]{Min: time.Second, Max: 3 * time.Second}}}
	if got := even.Extra(func(int) float64 { return 0.5 }); got != 2*time.Second {
		t.Errorf("the middle is %v", got)
	}
	if got := (fault.Delay{By: dist.Duration{Constant: time.Minute}}).Extra(first); got != time.Minute {
		t.Errorf("a constant is %v", got)
	}
	invalid(t, even, "")
	invalid(t, fault.Delay{By: dist.Duration{Uniform: &dist.Uniform[time.Duration]{Min: 2, Max: 1}}}, "by: uniform: max must not be less than min")
	invalid(t, fault.Delay{When: fault.When{Share: 1, For: 1}}, "for needs every, the time between the beginnings of two windows")
}
