package bench

import (
	"context"
	"sync"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
)

// progressEvery is how often a run says how it fares.
const progressEvery = 250 * time.Millisecond

// Progress is how a run fares at a moment.
type Progress struct {
	// Phase is warmup, open, closed or capacity; Arm is set where one arm runs alone.
	Phase, Arm string
	// Probe counts an arm's from 1 in the search for its capacity, and Rate is what it
	// offers in prompts/s; else both are 0.
	Probe int
	Rate  float64
	// Block counts from 1; 0 is the warm-up.
	Block, Blocks int
	// Answered and Failed are measured prompts, all arms together.
	Answered, Failed uint64
	// Elapsed is since the run began, Left an estimate of what remains.
	Elapsed, Left time.Duration
}

// Observer is told how a run fares, a few times a second, by one goroutine.
type Observer func(Progress)

// Notes are told what has ended; nil ones are not. They are called between
// slices, and the run waits for them.
type Notes struct {
	// Warm is told of each arm when the warm-up has ended, with what it took.
	Warm func(arm string, so record.Totals)
	// Block is told of each arm's part of a block.
	Block func(arm string, block record.Block)
	// Probe is told of each probe of a search.
	Probe func(arm string, probe record.Probe)
}

// probe tells of a probe.
func (n Notes) probe(arm string, p record.Probe) {
	if n.Probe != nil {
		n.Probe(arm, p)
	}
}

// warm tells of the arms' warm-up.
func (n Notes) warm(arms []*attack.Arm) {
	if n.Warm == nil {
		return
	}
	for _, a := range arms {
		n.Warm(a.Name, a.Totals())
	}
}

// blocks tells of the blocks from first on that were measured.
func (n Notes) blocks(arms []record.Arm, first int) {
	if n.Block == nil {
		return
	}
	for _, arm := range arms {
		for _, b := range arm.Blocks {
			if b.Index >= first {
				n.Block(arm.Name, b)
			}
		}
	}
}

// watch keeps the present progress and tells the observer.
type watch struct {
	arms    []*attack.Arm
	planned time.Duration
	began   time.Time
	// searches is the part of the plan that is searches, which follow the blocks.
	searches time.Duration

	mu  sync.Mutex
	now Progress
	// firstBlock and thisBlock are when block 1 and the present one began, to tell what a block takes.
	firstBlock, thisBlock time.Time
	// searching is when the searches began.
	searching time.Time
	// each is a block's length where open slices follow each other without a call to set; else 0.
	each time.Duration
}

func (w *watch) set(phase, arm string, block int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if block != w.now.Block {
		w.thisBlock = time.Now()
		if w.firstBlock.IsZero() {
			w.firstBlock = w.thisBlock
		}
	}
	w.now.Phase, w.now.Arm, w.now.Block = phase, arm, block
}

// stretch says that blocks of the given length follow each other from block on.
func (w *watch) stretch(block int, each time.Duration) {
	w.set(attack.PhaseOpen, "", block)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.each, w.thisBlock = each, time.Now()
}

// extend says how many blocks there will be in all; no more than before is no news.
func (w *watch) extend(blocks int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if blocks > w.now.Blocks {
		w.planned += w.planned / time.Duration(w.now.Blocks) * time.Duration(blocks-w.now.Blocks)
		w.now.Blocks = blocks
	}
}

// probe says that an arm's next probe begins.
func (w *watch) probe(arm string, rate float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.searching.IsZero() {
		w.searching = time.Now()
	}
	if w.now.Arm != arm || w.now.Phase != attack.PhaseCapacity {
		w.now.Probe = 0
	}
	w.now.Phase, w.now.Arm, w.now.Rate = attack.PhaseCapacity, arm, rate
	w.now.Probe++
}

// progress is the present one. What is left is the plan's remainder, or by the
// pace of the blocks so far once there are some.
func (w *watch) progress(now time.Time) Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.now
	p.Elapsed = now.Sub(w.began)
	p.Left = max(w.planned-p.Elapsed, 0)
	if p.Phase == attack.PhaseCapacity {
		p.Left = max(w.searches-now.Sub(w.searching), 0)
	} else if w.each > 0 && p.Phase == attack.PhaseOpen {
		p.Block = min(p.Block+int(now.Sub(w.thisBlock)/w.each), p.Blocks)
	} else if done := p.Block - 1; done > 0 {
		perBlock := w.thisBlock.Sub(w.firstBlock) / time.Duration(done)
		p.Left = max(perBlock*time.Duration(p.Blocks-done)-now.Sub(w.thisBlock), 0) + w.searches
	}
	for _, a := range w.arms {
		p.Answered += a.Counts().Answered.Load()
		p.Failed += a.Counts().Failed.Load()
	}
	return p
}

// tell calls observe until ctx ends; it returns a wait for its end.
func (w *watch) tell(ctx context.Context, observe Observer) (stopped func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				observe(w.progress(now))
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { <-done }
}
