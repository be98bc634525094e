package bench

import (
	"math"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"time"

	"weighbridge/bench/record"
)

// lookEvery is how often open files and clocks are looked at.
const lookEvery = time.Second

// meter watches what measuring takes of this machine. Its methods are safe for
// concurrent use.
type meter struct {
	began time.Time
	// mocks is the processor time of what serves beside this process.
	mocks func() (time.Duration, bool)
	gc    *metrics.Float64Histogram // the pauses before anything was measured

	mu        sync.Mutex
	used      time.Duration // of processors, in slices that took so long
	took      time.Duration
	cpuHidden bool
	files     uint64
	offset    time.Duration // of the wall clock from the monotonic one, at the last look
	looked    bool
	step      time.Duration
}

func newMeter(began time.Time, mocks func() (time.Duration, bool)) *meter {
	return &meter{began: began, mocks: mocks, gc: gcPauses()}
}

// around looks before, now and then during, and after what do does.
func (m *meter) around(do func() error) error {
	m.look()
	defer m.look()
	ended := make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		ticker := time.NewTicker(lookEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				m.look()
			case <-ended:
				return
			}
		}
	})
	defer looking.Wait()
	defer close(ended)
	return do()
}

// look notes files and clocks.
func (m *meter) look() {
	files, _, _ := openFiles()
	// A thread put aside between the two clocks of one reading looks like a step.
	offsets := make([]time.Duration, 3)
	for i := range offsets {
		now := time.Now()
		offsets[i] = now.Round(0).Sub(m.began.Round(0)) - now.Sub(m.began)
	}
	m.note(files, middle(offsets))
}

// middle is the median.
func middle(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func (m *meter) note(files uint64, offset time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files = max(m.files, files)
	if m.looked {
		m.step = max(m.step, (offset - m.offset).Abs())
	}
	m.offset, m.looked = offset, true
}

// slice counts the processors' time from now until the moment given or until over
// is called, whichever is first: a drain is no part of it.
func (m *meter) slice(until time.Time) (over func()) {
	began := time.Now()
	before, known := m.processors()
	end := sync.OnceFunc(func() {
		after, still := m.processors()
		m.mu.Lock()
		defer m.mu.Unlock()
		if !known || !still {
			m.cpuHidden = true
			return
		}
		m.used += after - before
		m.took += time.Since(began)
	})
	timer := time.AfterFunc(time.Until(until), end)
	return func() {
		timer.Stop()
		end()
	}
}

// processors is the time used by this process and by the mocks.
func (m *meter) processors() (time.Duration, bool) {
	own, known := processorTime()
	mocks, alsoKnown := m.mocks()
	return own + mocks, known && alsoKnown
}

// figures are what the meter saw, and what it could not see.
func (m *meter) figures() (record.Harness, []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var h record.Harness
	var unseen []string
	if m.cpuHidden {
		unseen = append(unseen, "what harness and mocks use of the CPU is not known on "+runtime.GOOS+": validity.cpu is not checked")
	} else if m.took > 0 {
		h.CPUShare = new(float64(m.used) / float64(m.took) / float64(runtime.GOMAXPROCS(0)))
	}
	if n, p99 := pausesSince(m.gc, gcPauses()); n > 0 {
		h.GCPauses, h.GCPauseP99MS = n, new(milliseconds(p99))
	}
	if _, limit, known := openFiles(); known {
		h.FilesPeak, h.FilesLimit = new(m.files), limit
	} else {
		unseen = append(unseen, "how many files are open is not known on "+runtime.GOOS+": validity.files is not checked")
	}
	if m.looked {
		h.ClockStepMS = new(milliseconds(m.step))
	}
	return h, unseen
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
