package bench

import (
	"testing"
	"time"
)

func TestMeterNotesPeaksAndSteps(t *testing.T) {
	m := newMeter(time.Now(), func() (time.Duration, bool) { return 0, true })
	for _, look := range []struct {
		files  uint64
		offset time.Duration
	}{{10, time.Hour}, {30, time.Hour + 2*time.Millisecond}, {20, time.Hour - 5*time.Millisecond}, {5, time.Hour - 4*time.Millisecond}} {
		m.own.note(look.files)
		m.note(look.offset)
	}
	if m.own.files != 30 || m.step != 7*time.Millisecond {
		t.Errorf("peak %d, step %v; want 30 and 7ms, however far the clocks are apart", m.own.files, m.step)
	}
	if got := middle([]time.Duration{5, time.Second, 4}); got != 5 {
		t.Errorf("the middle of three is %v", got)
	}
}

func TestMeterWeighsProcessors(t *testing.T) {
	used := time.Duration(0)
	m := newMeter(time.Now(), func() (time.Duration, bool) { used += time.Hour; return used, true })
	m.slice(time.Now().Add(time.Hour))() // cut short: the mocks used an hour meanwhile
	if m.used < time.Hour || m.used > 2*time.Hour || m.took <= 0 || m.took > time.Minute {
		t.Errorf("used %v in %v", m.used, m.took)
	}
	over := m.slice(time.Now())
	over()
	over()
	if h, _ := m.figures(); h.CPUShare == nil || m.used > 3*time.Hour {
		t.Errorf("a slice is counted twice: %v, %v", m.used, h.CPUShare)
	}
	m.mocks = func() (time.Duration, bool) { return 0, false }
	m.slice(time.Now())()
	if h, unseen := m.figures(); h.CPUShare != nil || len(unseen) == 0 {
		t.Errorf("what is hidden is given as %v, with %q", h.CPUShare, unseen)
	}
}
