package machine

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
		p99, stop   time.Duration // stop leaves out 10 ms of pauses
	}{
		{"none", []uint64{5, 0, 0, 9}, []uint64{5, 0, 0, 9}, 0, 0, 0},
		{"one, which is left out", []uint64{0, 0, 0, 0}, []uint64{0, 0, 0, 1}, 1, 0, 0},
		{"two", []uint64{0, 0, 0, 0}, []uint64{0, 1, 1, 0}, 2, 2 * time.Millisecond, 2 * time.Millisecond},
		{"one of a hundred", []uint64{7, 7, 7, 7}, []uint64{7, 106, 8, 7}, 100, 2 * time.Millisecond, 2 * time.Millisecond},
		{"two of a hundred", []uint64{7, 7, 7, 7}, []uint64{7, 105, 9, 7}, 100, 10 * time.Millisecond, 10 * time.Millisecond},
		{"two of two hundred", []uint64{0, 0, 0, 0}, []uint64{198, 0, 2, 0}, 200, time.Millisecond, 10 * time.Millisecond},
		{"beyond the last bound", []uint64{0, 0, 0, 0}, []uint64{0, 0, 0, 3}, 3, 10 * time.Millisecond, 10 * time.Millisecond},
	} {
		before, now := &metrics.Float64Histogram{Counts: c.before, Buckets: buckets}, &metrics.Float64Histogram{Counts: c.now, Buckets: buckets}
		p := pausesSince(before, now)
		if p99, stop := p.p99(), p.longestBut(10*time.Millisecond); p.n != c.n || p99 != c.p99 || stop != c.stop {
			t.Errorf("%s: %d pauses, p99 %v, longest but 10 ms %v; want %d, %v and %v", c.name, p.n, p99, stop, c.n, c.p99, c.stop)
		}
	}
	if gcPauses() == nil {
		t.Error("the runtime reports no pauses")
	}
}

func TestOpenFilesAreCounted(t *testing.T) {
	before, limit, known := openFiles()
	if linux := runtime.GOOS == "linux"; known != linux {
		t.Fatalf("the number of open files is known: %v, on %s", known, runtime.GOOS)
	}
	if !known {
		return // as it must be: files are counted on Linux only
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

func TestProcessReportsPausesAndPeakOfFiles(t *testing.T) {
	p := NewProcess()
	p.noteFiles(1 << 40)
	runtime.GC()
	took := p.Took()
	if took.GCPauses == 0 || took.GCPauseP99MS == nil || took.GCStopP999MS == nil {
		t.Errorf("a garbage collection shows as %d pauses", took.GCPauses)
	}
	if _, _, known := openFiles(); known && (took.FilesPeak == nil || *took.FilesPeak != 1<<40 || took.FilesLimit == 0) {
		t.Errorf("the peak of open files is lost: %+v", took)
	}
}
