package machine

import (
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lightPerS is the highest rate of open load, in prompts/s of all arms that run at once, that begins on one
	// processor. An HTTP/1.1 request takes some 70 to 120 µs of it.
	lightPerS = 2500
	// usePeriod is how often the use of the processor is checked, and lightUse the share of it, 0…1, up to which a
	// load is light.
	usePeriod = 100 * time.Millisecond
	lightUse  = 0.5
	// heavyPeriods is how many periods in a row must use more for a load not to be light. In a single
	// one, a hypervisor may have taken the processor away, which counts as use.
	heavyPeriods = 3
	// calmPeriods is how many light periods without a late request make a load light again that fell behind for a
	// moment and, at the end of a warm-up, show that what came before, such as the first handshakes, is over.
	calmPeriods = 3
)

// Processors sets how many threads of this process run Go code at a time (GOMAXPROCS): one under light open load,
// else as many as when it was made. With one, no other thread is woken for work that is done before it runs, and the
// garbage collector need not wait for other threads to stop. When a request leaves late, all are set. A nil
// Processors changes nothing. It is for one phase of a run at a time.
type Processors struct {
	all int
	set func(n int)
	// used returns the processor time of this process so far, and false if the system does not tell.
	used func() (time.Duration, bool)
	// heavy says that a load was not light. calm is how many of the last periods were light, or else busy how many
	// were not.
	heavy      bool
	calm, busy int

	mu sync.Mutex // of changes
	// one says that there is one processor now, and late that a request left late since the last check.
	one, late atomic.Bool
}

// NewProcessors returns the processors of this process; nil if it has one, or the environment sets how many
// (GOMAXPROCS).
func NewProcessors() *Processors {
	all := runtime.GOMAXPROCS(0)
	if all == 1 || os.Getenv("GOMAXPROCS") != "" {
		return nil
	}
	set := func(n int) {
		if n == all {
			runtime.SetDefaultGOMAXPROCS() // follows the limits of the system again
			return
		}
		runtime.GOMAXPROCS(n)
	}
	return &Processors{all: all, set: set, used: func() (time.Duration, bool) { return CPUTime(os.Getpid()) }}
}

// Open chooses the processors for open load of some prompts per second, until end is called. Once a load proves not to
// be light, it and all later loads have all processors, so that the arms of a run are measured alike.
func (p *Processors) Open(perS float64) (end func()) {
	if p == nil || p.heavy || perS > lightPerS {
		return func() {}
	}
	before, known := p.used()
	if !known {
		return func() {}
	}
	p.calm, p.busy = 0, 0
	p.change(true)
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { p.watch(before, ended) })
	return func() {
		close(ended)
		watching.Wait()
		p.change(false)
	}
}

// Late notes that a request left late: it takes all processors to catch up. It is safe for concurrent use.
func (p *Processors) Late() {
	if p == nil {
		return
	}
	p.late.Store(true)
	if p.one.Load() {
		p.change(false)
	}
}

// change sets one processor, or all.
func (p *Processors) change(one bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.one.Load() == one {
		return
	}
	p.one.Store(one)
	if one {
		p.set(1)
	} else {
		p.set(p.all)
	}
}

// watch checks the use of the processor until ended.
func (p *Processors) watch(before time.Duration, ended <-chan struct{}) {
	began, tick := time.Now(), time.NewTicker(usePeriod)
	defer tick.Stop()
	for {
		select {
		case <-ended:
			return
		case <-tick.C:
		}
		now, used := time.Now(), before
		if after, known := p.used(); known {
			used = after
		}
		p.note(float64(used-before) / float64(now.Sub(began)))
		before, began = used, now
	}
}

// note judges the share of one processor that a period used.
func (p *Processors) note(share float64) {
	late := p.late.Swap(false)
	if share <= lightUse {
		p.calm, p.busy = p.calm+1, 0
	} else {
		p.calm, p.busy = 0, p.busy+1
	}
	if late {
		p.calm = 0
	}
	p.heavy = p.heavy || p.busy >= heavyPeriods
	switch {
	case p.heavy:
		p.change(false)
	case p.calm >= calmPeriods:
		p.change(true)
	}
}

// WarmUp is Open for the open load of a warm-up. A load that was not light is forgotten if it was at the end.
func (p *Processors) WarmUp(perS float64) (end func()) {
	if p == nil || p.heavy {
		return func() {}
	}
	stop := p.Open(perS)
	return func() {
		stop()
		p.heavy = p.heavy && p.calm < calmPeriods
	}
}
