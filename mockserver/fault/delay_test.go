package fault_test

import (
	"testing"
	"time"

	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

func TestDelayDrawsItsDuration(t *testing.T) {
	uniform := fault.Delay{By: dist.Duration{Uniform: &dist.Uniform[time.Duration]{Min: time.Second, Max: 3 * time.Second}}}
	if got := uniform.Duration(func(int) float64 { return 0.5 }); got != 2*time.Second {
		t.Errorf("the median is %v", got)
	}
	if got := (fault.Delay{By: dist.Duration{Constant: time.Minute}}).Duration(zeroDraw); got != time.Minute {
		t.Errorf("the constant is %v", got)
	}
	expectInvalid(t, uniform, "")
	expectInvalid(t, fault.Delay{By: dist.Duration{Uniform: &dist.Uniform[time.Duration]{Min: 2, Max: 1}}}, "by: uniform: max must not be less than min")
	expectInvalid(t, fault.Delay{When: fault.When{Share: 1, For: 1}}, "`for` requires `every`, the interval between windows")
}
