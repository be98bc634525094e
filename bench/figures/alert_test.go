package figures

import (
	"math"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// alertingArm has blocks of so many seconds, in the first of which all fails, and an alert with a window of two seconds.
func alertingArm(blocks, seconds int) record.Arm {
	a := recordtest.Steady("ab=a", 100, 20*time.Millisecond, blocks)
	a.Alert, a.OverTime = &record.Alert{Under: 0.995, WindowMS: 2000}, &record.Series{}
	for i := range a.Blocks {
		s := a.Blocks[i].Open
		s.StartMS, s.DurationMS = float64(i*seconds*1000), float64(seconds*1000)
		for second := range seconds {
			p := record.Point{Due: 100, Answered: 100}
			if second == 0 {
				p = record.Point{Due: 100, Failed: 100}
			}
			a.OverTime.Add(time.Duration(i*seconds+second)*time.Second, p)
		}
	}
	return a
}

func TestAlertShare(t *testing.T) {
	of := func(a record.Arm) Figure {
		m, _ := metric.Named(metric.AlertShare)
		return NewCalculator().Arm(m, &a, 0.025)
	}
	// It fires for two seconds of ten: the one that fails, and the next, in whose window that is. 8 blocks of 10 s have 40
	// windows.
	if f := of(alertingArm(8, 10)); f.Value != 0.2 || f.Low < 0.05 || f.Low > 0.15 || f.High < 0.25 || f.High > 0.45 || f.Whole {
		t.Errorf("blocks of five windows: %+v", f)
	}
	// Blocks that are hardly longer than the window hang on each other.
	if f := of(alertingArm(8, 3)); math.Abs(f.Value-2./3) > 1e-9 || !f.Whole {
		t.Errorf("blocks of one and a half windows: %+v", f)
	}
	unfinished := alertingArm(8, 10)
	for i := range 4 {
		unfinished.Blocks[i].Complete = false
	}
	if f := of(unfinished); f.Value != 0.2 || f.Low >= of(alertingArm(8, 10)).Low {
		t.Errorf("half of the blocks: %+v", f)
	}
	for name, c := range map[string]struct {
		change func(*record.Arm)
		says   string
	}{
		"no alert":    {func(a *record.Arm) { a.Alert = nil }, "sets no alert.under"},
		"no open":     {func(a *record.Arm) { a.OverTime = nil }, "no open load"},
		"long steps":  {func(a *record.Arm) { a.OverTime.StepMS = 4000 }, "longer steps than alert.window"},
		"no complete": {func(a *record.Arm) { a.Blocks = nil }, "no open load"},
	} {
		a := alertingArm(8, 10)
		c.change(&a)
		if f := of(a); !math.IsNaN(f.Value) || len(f.Warnings) != 1 || !strings.Contains(f.Warnings[0], c.says) {
			t.Errorf("%s: %+v, want %q", name, f, c.says)
		}
	}
}
