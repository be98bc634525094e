package bench

import (
	"math"
	"runtime/metrics"
	"sync"
	"time"

	"weighbridge/bench/record"
)

// lookEvery is how often open files and clocks are looked at.
const lookEvery = time.Second

// looking has look called now, now and then, and when over is called.
func looking(look func()) (over func()) {
	look()
	ended := make(chan struct{})
	var calls sync.WaitGroup
	calls.Go(func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				look()
			case <-ended:
				return
			}
		}
	})
	return func() {
		close(ended)
		calls.Wait()
		look()
	}
}

// Process watches what this process takes of its machine. Its methods are safe for
// concurrent use.
type Process struct {
	before *metrics.Float64Histogram // the pauses until it was made

	mu    sync.Mutex
	files uint64
}

// NewProcess is a watch that begins now.
func NewProcess() *Process { return &Process{before: gcPauses()} }

// Watch looks how many files are open, now and then until over is called.
func (p *Process) Watch() (over func()) { return looking(p.look) }

func (p *Process) look() {
	files, _, _ := openFiles()
	p.note(files)
}

func (p *Process) note(files uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files = max(p.files, files)
}

// Took is what the process took so far.
func (p *Process) Took() record.Process {
	p.look()
	p.mu.Lock()
	defer p.mu.Unlock()
	var took record.Process
	if n, p99 := pausesSince(p.before, gcPauses()); n > 0 {
		took.GCPauses, took.GCPauseP99MS = n, new(milliseconds(p99))
	}
	if _, limit, known := openFiles(); known {
		took.FilesPeak, took.FilesLimit = new(p.files), limit
	}
	return took
}

// gcPauses are the pauses of the garbage collector since the process began.
func gcPauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return nil
	}
	return sample[0].Value.Float64Histogram()
}

// pausesSince is how many pauses there were, and what they stayed within: the
// longest of every hundred apart, and at least the longest of all, since one pause
// alone delays too few requests to move a percentile.
func pausesSince(before, now *metrics.Float64Histogram) (n uint64, p99 time.Duration) {
	if before == nil || now == nil {
		return 0, 0
	}
	counts := make([]uint64, len(now.Counts))
	for i := range counts {
		counts[i] = now.Counts[i] - before.Counts[i]
		n += counts[i]
	}
	apart := max(n/100, 1)
	for i := len(counts) - 1; i >= 0; i-- {
		if counts[i] > apart {
			longest := now.Buckets[i+1]
			if math.IsInf(longest, 1) {
				longest = now.Buckets[i]
			}
			return n, time.Duration(longest * float64(time.Second))
		}
		apart -= counts[i]
	}
	return n, 0
}
