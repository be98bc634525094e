package bench

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"weighbridge/bench/record"
)

// meter watches what measuring takes of this machine. Its methods are safe for
// concurrent use.
type meter struct {
	began time.Time
	// mocks is the processor time of what serves beside this process.
	mocks func() (time.Duration, bool)
	own   *Process

	mu        sync.Mutex
	used      time.Duration // of processors, in slices that took so long
	took      time.Duration
	cpuHidden bool
	offset    time.Duration // of the wall clock from the monotonic one, at the last look
	looked    bool
	step      time.Duration
}

func newMeter(began time.Time, mocks func() (time.Duration, bool)) *meter {
	return &meter{began: began, mocks: mocks, own: NewProcess()}
}

// around looks before, now and then during, and after what do does.
func (m *meter) around(do func() error) error {
	defer looking(m.look)()
	return do()
}

// look notes files and clocks.
func (m *meter) look() {
	m.own.look()
	// A thread put aside between the two clocks of one reading looks like a step.
	offsets := make([]time.Duration, 3)
	for i := range offsets {
		now := time.Now()
		offsets[i] = now.Round(0).Sub(m.began.Round(0)) - now.Sub(m.began)
	}
	m.note(middle(offsets))
}

// middle is the median.
func middle(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func (m *meter) note(offset time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
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
	own := m.own.Took()
	h.GCPauses, h.GCPauseP99MS, h.GCStopP999MS = own.GCPauses, own.GCPauseP99MS, own.GCStopP999MS
	h.FilesPeak, h.FilesLimit = own.FilesPeak, own.FilesLimit
	if own.FilesPeak == nil {
		unseen = append(unseen, "how many files are open is not known on "+runtime.GOOS+": validity.files is not checked")
	}
	if m.looked {
		h.ClockStepMS = new(milliseconds(m.step))
	}
	return h, unseen
}
