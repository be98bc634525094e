// Package machine watches what a run takes of the machine that measures (processor
// time, garbage collection, open files, steps of the clock) and judges whether the
// harness, not the target, limited the figures.
package machine

import (
	"os"
	"runtime"
	"slices"
	"sync"
	"time"

	"weighbridge/bench/record"
)

// Meter watches what measuring takes of this machine. Its methods are safe for
// concurrent use.
type Meter struct {
	began time.Time
	// mocksCPU is the processor time of the mocks that run outside this process.
	mocksCPU func() (time.Duration, bool)
	own      *Process

	mu         sync.Mutex
	cpuTime    time.Duration // processor time used in the measured periods
	wallTime   time.Duration // length of these periods
	cpuUnknown bool
	offset     time.Duration // wall clock minus monotonic clock, when last sampled
	sampled    bool
	step       time.Duration // largest change of the offset between two samples
}

// NewMeter returns a meter whose clocks start at began. mocksCPU returns the processor
// time of the mocks outside this process, and false where it is unknown.
func NewMeter(began time.Time, mocksCPU func() (time.Duration, bool)) *Meter {
	return &Meter{began: began, mocksCPU: mocksCPU, own: NewProcess()}
}

// WatchDuring samples open files and clocks before, during and after do.
func (m *Meter) WatchDuring(do func() error) error {
	defer sampleUntilStopped(m.sample)()
	return do()
}

// sample notes the open files and the offset between the clocks.
func (m *Meter) sample() {
	m.own.sample()
	// If the thread is preempted between the two clock readings, the offset jumps:
	// the median of three ignores one such reading.
	offsets := make([]time.Duration, 3)
	for i := range offsets {
		now := time.Now()
		offsets[i] = now.Round(0).Sub(m.began.Round(0)) - now.Sub(m.began)
	}
	m.noteOffset(median(offsets))
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func (m *Meter) noteOffset(offset time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.sampled {
		m.step = max(m.step, (offset - m.offset).Abs())
	}
	m.offset, m.sampled = offset, true
}

// MeasureCPU counts processor time from now until the given moment or until stop is
// called, whichever comes first, so that a drain after that moment is left out.
func (m *Meter) MeasureCPU(until time.Time) (stop func()) {
	began := time.Now()
	before, known := m.cpu()
	end := sync.OnceFunc(func() {
		after, stillKnown := m.cpu()
		m.mu.Lock()
		defer m.mu.Unlock()
		if !known || !stillKnown {
			m.cpuUnknown = true
			return
		}
		m.cpuTime += after - before
		m.wallTime += time.Since(began)
	})
	timer := time.AfterFunc(time.Until(until), end)
	return func() {
		timer.Stop()
		end()
	}
}

// Shares measures the processor time of this process, and of everything on this machine, between two
// moments. The function it returns is called after the second; it gives both as shares of all
// cores, 0…1, or nil where the system does not tell or the second moment has not come.
func Shares(from, until time.Time) (shares func() (own, all *float64)) {
	var mu sync.Mutex
	var first, last reading
	note := func(r *reading) func() {
		return func() {
			now := readCPU()
			mu.Lock()
			defer mu.Unlock()
			*r = now
		}
	}
	begin, end := time.AfterFunc(time.Until(from), note(&first)), time.AfterFunc(time.Until(until), note(&last))
	return func() (own, all *float64) {
		begin.Stop()
		end.Stop()
		mu.Lock()
		defer mu.Unlock()
		return last.since(first)
	}
}

// reading is the processor time used so far, at a moment.
type reading struct {
	at         time.Time
	own        time.Duration
	ownKnown   bool
	busy, full float64 // of the machine: not idle, and altogether; both 0 where unknown
}

func readCPU() (r reading) {
	r.at = time.Now()
	r.own, r.ownKnown = CPUTime(os.Getpid())
	r.busy, r.full = machineCPU()
	return r
}

// since returns the shares between two readings.
func (r reading) since(before reading) (own, all *float64) {
	wall := r.at.Sub(before.at)
	if before.at.IsZero() || r.at.IsZero() || wall <= 0 {
		return nil, nil
	}
	if before.ownKnown && r.ownKnown {
		own = new(min(max(float64(r.own-before.own)/float64(wall)/float64(runtime.GOMAXPROCS(0)), 0), 1))
	}
	if full := r.full - before.full; full > 0 {
		all = new(min(max((r.busy-before.busy)/full, 0), 1))
	}
	return own, all
}

// cpu is the processor time used so far by this process and the mocks.
func (m *Meter) cpu() (time.Duration, bool) {
	own, known := CPUTime(os.Getpid())
	mocks, mocksKnown := m.mocksCPU()
	return own + mocks, known && mocksKnown
}

// Harness returns what the meter measured, with a warning for each check of validity
// that cannot be made on this system.
func (m *Meter) Harness() (h record.Harness, warnings []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.cpuUnknown {
		warnings = append(warnings, "the CPU use of harness and mocks is not known on "+runtime.GOOS+": validity.cpu is not checked")
	} else if m.wallTime > 0 {
		h.CPUShare = new(float64(m.cpuTime) / float64(m.wallTime) / float64(runtime.GOMAXPROCS(0)))
	}
	h.Process = m.own.Took()
	if h.FilesPeak == nil {
		warnings = append(warnings, "the number of open files is not known on "+runtime.GOOS+": validity.files is not checked")
	}
	if m.sampled {
		h.ClockStepMS = new(record.Milliseconds(m.step))
	}
	return h, warnings
}
