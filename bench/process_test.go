package bench

import (
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/record"
)

func TestPauses(t *testing.T) {
	buckets := []float64{0, 0.001, 0.002, 0.010, math.Inf(1)}
	for _, c := range []struct {
		name        string
		before, now []uint64
		n           uint64
		p99, stop   time.Duration // stop sets 10 ms apart
	}{
		{"none", []uint64{5, 0, 0, 9}, []uint64{5, 0, 0, 9}, 0, 0, 0},
		{"one is apart", []uint64{0, 0, 0, 0}, []uint64{0, 0, 0, 1}, 1, 0, 0},
		{"two", []uint64{0, 0, 0, 0}, []uint64{0, 1, 1, 0}, 2, 2 * time.Millisecond, 2 * time.Millisecond},
		{"one of a hundred", []uint64{7, 7, 7, 7}, []uint64{7, 106, 8, 7}, 100, 2 * time.Millisecond, 2 * time.Millisecond},
		{"two of a hundred", []uint64{7, 7, 7, 7}, []uint64{7, 105, 9, 7}, 100, 10 * time.Millisecond, 10 * time.Millisecond},
		{"two of two hundred", []uint64{0, 0, 0, 0}, []uint64{198, 0, 2, 0}, 200, time.Millisecond, 10 * time.Millisecond},
		{"beyond the last bound", []uint64{0, 0, 0, 0}, []uint64{0, 0, 0, 3}, 3, 10 * time.Millisecond, 10 * time.Millisecond},
	} {
		before, now := &metrics.Float64Histogram{Counts: c.before, Buckets: buckets}, &metrics.Float64Histogram{Counts: c.now, Buckets: buckets}
		p := pausesSince(before, now)
		if p99, stop := p.p99(), p.stop(10*time.Millisecond); p.n != c.n || p99 != c.p99 || stop != c.stop {
			t.Errorf("%s: %d pauses within %v, 10 ms apart within %v; want %d, %v and %v", c.name, p.n, p99, stop, c.n, c.p99, c.stop)
		}
	}
	if gcPauses() == nil {
		t.Error("the runtime tells no pauses")
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

func TestProcessTellsWhatItTook(t *testing.T) {
	p := NewProcess()
	p.note(1 << 40)
	runtime.GC()
	took := p.Took()
	if took.GCPauses == 0 || took.GCPauseP99MS == nil || took.GCStopP999MS == nil {
		t.Errorf("a collection shows as %d pauses", took.GCPauses)
	}
	if _, _, known := openFiles(); known && (took.FilesPeak == nil || *took.FilesPeak != 1<<40 || took.FilesLimit == 0) {
		t.Errorf("the peak of files is not kept: %+v", took)
	}
}

func TestTheWorseOfTwoProcesses(t *testing.T) {
	quiet := &record.Process{GCPauses: 2, GCPauseP99MS: new(0.1), GCStopP999MS: new(0.0), FilesLimit: 100}
	busy := &record.Process{GCPauses: 3, GCPauseP99MS: new(7.0), GCStopP999MS: new(6.0), FilesPeak: new(uint64(90)), FilesLimit: 100}
	both := &record.Process{GCPauses: 5, GCPauseP99MS: new(7.0), GCStopP999MS: new(6.0), FilesPeak: new(uint64(90)), FilesLimit: 100}
	for _, c := range []struct{ a, b, want *record.Process }{
		{nil, nil, nil}, {nil, busy, busy}, {quiet, nil, quiet}, {quiet, busy, both}, {busy, quiet, both},
	} {
		if diff := cmp.Diff(c.want, worse(c.a, c.b)); diff != "" {
			t.Error(diff)
		}
	}
}
