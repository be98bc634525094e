package bench

import (
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

func TestPauses(t *testing.T) {
	buckets := []float64{0, 0.001, 0.002, 0.010, math.Inf(1)}
	for _, c := range []struct {
		name        string
		before, now []uint64
		n           uint64
		p99         time.Duration
	}{
		{"none", []uint64{5, 0, 0, 9}, []uint64{5, 0, 0, 9}, 0, 0},
		{"one is apart", []uint64{0, 0, 0, 0}, []uint64{0, 0, 0, 1}, 1, 0},
		{"two", []uint64{0, 0, 0, 0}, []uint64{0, 1, 1, 0}, 2, 2 * time.Millisecond},
		{"one of a hundred", []uint64{7, 7, 7, 7}, []uint64{7, 106, 8, 7}, 100, 2 * time.Millisecond},
		{"two of a hundred", []uint64{7, 7, 7, 7}, []uint64{7, 105, 9, 7}, 100, 10 * time.Millisecond},
		{"two of two hundred", []uint64{0, 0, 0, 0}, []uint64{198, 0, 2, 0}, 200, time.Millisecond},
		{"beyond the last bound", []uint64{0, 0, 0, 0}, []uint64{0, 0, 0, 3}, 3, 10 * time.Millisecond},
	} {
		before, now := &metrics.Float64Histogram{Counts: c.before, Buckets: buckets}, &metrics.Float64Histogram{Counts: c.now, Buckets: buckets}
		if n, p99 := pausesSince(before, now); n != c.n || p99 != c.p99 {
			t.Errorf("%s: %d pauses within %v, want %d within %v", c.name, n, p99, c.n, c.p99)
		}
	}
	if gcPauses() == nil {
		t.Error("the runtime tells no pauses")
	}
}

func TestMeterNotesPeaksAndSteps(t *testing.T) {
	m := newMeter(time.Now(), func() (time.Duration, bool) { return 0, true })
	for _, look := range []struct {
		files  uint64
		offset time.Duration
	}{{10, time.Hour}, {30, time.Hour + 2*time.Millisecond}, {20, time.Hour - 5*time.Millisecond}, {5, time.Hour - 4*time.Millisecond}} {
		m.note(look.files, look.offset)
	}
	if m.files != 30 || m.step != 7*time.Millisecond {
		t.Errorf("peak %d, step %v; want 30 and 7ms, however far the clocks are apart", m.files, m.step)
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

func TestOpenFilesAreCounted(t *testing.T) {
	before, limit, known := openFiles()
	if !known && runtime.GOOS == "linux" {
		t.Fatal("open files are not known, and on Linux they are to be")
	}
	if !known {
		t.Skip("open files are read on Linux alone")
	}
	for range 5 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	if after, _, _ := openFiles(); after != before+5 || after >= limit {
		t.Errorf("%d files, then %d of %d", before, after, limit)
	}
}
