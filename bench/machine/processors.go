package machine

import (
	"os"
	"runtime"
	"sync"
	"time"
)

const (
	// lightPerS is the highest rate of open load, in prompts/s of all arms that run at once, that begins on one
	// processor. An HTTP/1.1 request takes some 70 µs of it.
	lightPerS = 2500
	// usePeriod is how often the use of the processor is checked, and lightUse the share of it, 0…1, up to which a
	// load is light. At 0.6, requests that wait after a short stall are more than one processor can send.
	usePeriod = 100 * time.Millisecond
	lightUse  = 0.4
	// calmPeriods is how many light periods at the end of a warm-up show that what came before, such as
	// the first handshakes, is over.
	calmPeriods = 3
)

// Processors sets how many threads of this process run Go code at a time (GOMAXPROCS): one under light open load,
// else as many as when it was made. With one, no other thread is woken for work that is done before it runs, and the
// garbage collector need not wait for other threads to stop. A nil Processors changes nothing. It is for one phase of
// a run at a time.
type Processors struct {
	all int
	set func(n int)
	// used returns the processor time of this process so far, and false if the system does not tell.
	used func() (time.Duration, bool)
	// heavy says that a load was not light, calm how many periods have been since.
	heavy bool
	calm  int
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
	p.set(1)
	ended := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { p.watch(before, ended) })
	return func() {
		close(ended)
		watching.Wait()
		if !p.heavy {
			p.set(p.all)
		}
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
	switch {
	case share <= lightUse:
		p.calm++
	case p.heavy:
		p.calm = 0
	default:
		p.heavy, p.calm = true, 0
		p.set(p.all)
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
