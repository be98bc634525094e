package machine

import (
	"errors"
	"runtime"
	"testing"
	"time"
)

func TestMeterKeepsPeakOfFilesAndLargestClockStep(t *testing.T) {
	m := NewMeter(time.Now(), func() (time.Duration, bool) { return 0, true })
	for _, s := range []struct {
		files  uint64
		offset time.Duration
	}{{10, time.Hour}, {30, time.Hour + 2*time.Millisecond}, {20, time.Hour - 5*time.Millisecond}, {5, time.Hour - 4*time.Millisecond}} {
		m.own.noteFiles(s.files)
		m.noteOffset(s.offset)
	}
	if m.own.filesPeak != 30 || m.step != 7*time.Millisecond {
		t.Errorf("peak %d, step %v; want 30 and 7ms, whatever the offset itself", m.own.filesPeak, m.step)
	}
	if got := median([]time.Duration{5, time.Second, 4}); got != 5 {
		t.Errorf("the median of three is %v", got)
	}
}

func TestMeterMeasuresCPUOfEachPeriodOnce(t *testing.T) {
	used := time.Duration(0)
	m := NewMeter(time.Now(), func() (time.Duration, bool) { used += time.Hour; return used, true })
	m.MeasureCPU(time.Now().Add(time.Hour))() // stopped early: the mocks used an hour meanwhile
	if m.cpuTime < time.Hour || m.cpuTime > 2*time.Hour || m.wallTime <= 0 || m.wallTime > time.Minute {
		t.Errorf("used %v in %v", m.cpuTime, m.wallTime)
	}
	stop := m.MeasureCPU(time.Now())
	stop()
	stop()
	if h, _ := m.Harness(); h.CPUShare == nil || m.cpuTime > 3*time.Hour {
		t.Errorf("a period is counted twice: %v, %v", m.cpuTime, h.CPUShare)
	}
	m.mocksCPU = func() (time.Duration, bool) { return 0, false }
	m.MeasureCPU(time.Now())()
	if h, warnings := m.Harness(); h.CPUShare != nil || len(warnings) == 0 {
		t.Errorf("unknown CPU time is given as a share of %v, with warnings %q", h.CPUShare, warnings)
	}
}

// The share is of all processors, while periods were measured; no period has none.
func TestMeterSharesProcessorsOfTheMeasuredTime(t *testing.T) {
	m := NewMeter(time.Now(), nil)
	if h, _ := m.Harness(); h.CPUShare != nil {
		t.Errorf("a run that measured no period used %v", *h.CPUShare)
	}
	m.cpuTime, m.wallTime = time.Second, 4*time.Second
	want := 0.25 / float64(runtime.GOMAXPROCS(0))
	if h, _ := m.Harness(); h.CPUShare == nil || *h.CPUShare != want {
		t.Errorf("the share is %v, want %v", h.CPUShare, want)
	}
}

func TestMeterWatchesClocksAndFiles(t *testing.T) {
	m, failed := NewMeter(time.Now(), nil), errors.New("failed")
	m.offset, m.sampled = time.Hour, true // an hour off, until the clock was set right
	if err := m.WatchDuring(func() error { return failed }); !errors.Is(err, failed) {
		t.Errorf("what it watched ended with %v", err)
	}
	h, warnings := m.Harness()
	if h.ClockStepMS == nil || time.Duration(*h.ClockStepMS*1e6).Round(time.Minute) != time.Hour {
		t.Errorf("the clock stepped by %v ms, want an hour", h.ClockStepMS)
	}
	_, limit, known := openFiles()
	if known != (h.FilesPeak != nil) || known != (len(warnings) == 0) || h.FilesLimit != limit {
		t.Errorf("files %v of %d, and warnings %q", h.FilesPeak, h.FilesLimit, warnings)
	}
}
