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
	made   time.Time

	mu    sync.Mutex
	files uint64
}

// NewProcess is a watch that begins now.
func NewProcess() *Process { return &Process{before: gcPauses(), made: time.Now()} }

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
	if pauses := pausesSince(p.before, gcPauses()); pauses.n > 0 {
		took.GCPauses, took.GCPauseP99MS = pauses.n, new(milliseconds(pauses.p99()))
		took.GCStopP999MS = new(milliseconds(pauses.stop(time.Since(p.made) / 1000)))
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

// pauses are counted by length; bounds are the buckets' upper ones.
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

// p99 is what the pauses stayed within, the longest of every hundred apart, and at
// least the longest of all.
func (p pauses) p99() time.Duration {
	return p.within(max(p.n/100, 1), func(count uint64, _ time.Duration) uint64 { return count })
}

// stop is what the pauses stayed within, the longest apart that took that much time together.
func (p pauses) stop(apart time.Duration) time.Duration {
	return p.within(uint64(apart), func(count uint64, long time.Duration) uint64 { return count * uint64(long) })
}

// within is the bound of the first bucket, from the longest on, that together with
// the longer ones weighs more than what is to be set apart; 0 where all weigh less.
func (p pauses) within(apart uint64, weight func(count uint64, long time.Duration) uint64) time.Duration {
	for i := len(p.counts) - 1; i >= 0; i-- {
		heavy := weight(p.counts[i], p.bounds[i])
		if heavy > apart {
			return p.bounds[i]
		}
		apart -= heavy
	}
	return 0
}
