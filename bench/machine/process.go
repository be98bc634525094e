package machine

import (
	"math"
	"runtime/metrics"
	"sync"
	"time"

	"weighbridge/bench/record"
)

// samplePeriod is how often open files and clocks are sampled.
const samplePeriod = time.Second

// sampleUntilStopped calls sample now, every samplePeriod, and when stop is called.
func sampleUntilStopped(sample func()) (stop func()) {
	sample()
	stopped := make(chan struct{})
	var sampling sync.WaitGroup
	sampling.Go(func() {
		ticker := time.NewTicker(samplePeriod)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				sample()
			case <-stopped:
				return
			}
		}
	})
	return func() {
		close(stopped)
		sampling.Wait()
		sample()
	}
}

// Process watches what this process takes of its machine. Its methods are safe for
// concurrent use.
type Process struct {
	pausesBefore *metrics.Float64Histogram // GC pauses up to made
	made         time.Time

	mu        sync.Mutex
	filesPeak uint64
}

// NewProcess returns a Process that watches from now on.
func NewProcess() *Process { return &Process{pausesBefore: gcPauses(), made: time.Now()} }

// Watch samples the number of open files once a second until stop is called.
func (p *Process) Watch() (stop func()) { return sampleUntilStopped(p.sample) }

func (p *Process) sample() {
	files, _, _ := openFiles()
	p.noteFiles(files)
}

func (p *Process) noteFiles(files uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.filesPeak = max(p.filesPeak, files)
}

// Took returns what the process took so far.
func (p *Process) Took() record.Process {
	p.sample()
	p.mu.Lock()
	defer p.mu.Unlock()
	var took record.Process
	if pauses := pausesSince(p.pausesBefore, gcPauses()); pauses.n > 0 {
		took.GCPauses, took.GCPauseP99MS = pauses.n, new(record.Milliseconds(pauses.p99()))
		took.GCStopP999MS = new(record.Milliseconds(pauses.longestBut(time.Since(p.made) / 1000)))
	}
	if _, limit, known := openFiles(); known {
		took.FilesPeak, took.FilesLimit = new(p.filesPeak), limit
	}
	return took
}

// gcPauses are the garbage collector's pauses since the process began.
func gcPauses() *metrics.Float64Histogram {
	sample := []metrics.Sample{{Name: "/sched/pauses/total/gc:seconds"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindFloat64Histogram {
		return nil
	}
	return sample[0].Value.Float64Histogram()
}

// pauses is a histogram of n pauses by length; bounds are its buckets' upper ones.
type pauses struct {
	n      uint64
	counts []uint64
	bounds []time.Duration
}

func pausesSince(before, now *metrics.Float64Histogram) pauses {
	if before == nil || now == nil {
		return pauses{}
	}
	var p pauses
	for i := range now.Counts {
		count, longest := now.Counts[i]-before.Counts[i], now.Buckets[i+1]
		if math.IsInf(longest, 1) {
			longest = now.Buckets[i]
		}
		p.n += count
		p.counts = append(p.counts, count)
		p.bounds = append(p.bounds, time.Duration(longest*float64(time.Second)))
	}
	return p
}

// p99 is the 99th percentile of the pauses; of fewer than 200, the longest but one.
func (p pauses) p99() time.Duration {
	return p.boundBelow(max(p.n/100, 1), func(count uint64, _ time.Duration) uint64 { return count })
}

// longestBut is the longest pause once the longest ones, up to that much time in all,
// are left out; 0 where that leaves none.
func (p pauses) longestBut(leftOut time.Duration) time.Duration {
	return p.boundBelow(uint64(leftOut), func(count uint64, length time.Duration) uint64 { return count * uint64(length) })
}

// boundBelow walks the buckets from the longest pauses down and returns the bound of
// the first at which their total weight exceeds the allowance; 0 where none does.
func (p pauses) boundBelow(allowance uint64, weight func(count uint64, length time.Duration) uint64) time.Duration {
	for i := len(p.counts) - 1; i >= 0; i-- {
		w := weight(p.counts[i], p.bounds[i])
		if w > allowance {
			return p.bounds[i]
		}
		allowance -= w
	}
	return 0
}
