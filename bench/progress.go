package bench

import (
	"context"
	"sync"
	"time"

	"weighbridge/bench/attack"
)

// progressEvery is how often a run says how it fares.
const progressEvery = 250 * time.Millisecond

// Progress is how a run fares at a moment.
type Progress struct {
	// Phase is warmup, open or closed; Arm is set where one arm runs alone.
	Phase, Arm string
	// Block counts from 1; 0 is the warm-up.
	Block, Blocks int
	// Answered and Failed are measured prompts, all arms together.
	Answered, Failed uint64
	// Elapsed is since the run began, Left an estimate of what remains.
	Elapsed, Left time.Duration
}

// Observer is told how a run fares, a few times a second, by one goroutine.
type Observer func(Progress)

// watch keeps the present progress and tells the observer.
type watch struct {
	arms    []*attack.Arm
	planned time.Duration
	began   time.Time

	mu  sync.Mutex
	now Progress
	// firstBlock is when block 1 began, to tell what a block takes.
	firstBlock time.Time
}

func (w *watch) set(phase, arm string, block int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if block == 1 && w.firstBlock.IsZero() {
		w.firstBlock = time.Now()
	}
	w.now.Phase, w.now.Arm, w.now.Block = phase, arm, block
}

// progress is the present one. What is left is the plan's remainder, or by the
// pace of the blocks so far once there are some.
func (w *watch) progress(now time.Time) Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.now
	p.Elapsed = now.Sub(w.began)
	p.Left = max(w.planned-p.Elapsed, 0)
	if done := p.Block - 1; done > 0 {
		perBlock := now.Sub(w.firstBlock) / time.Duration(p.Block)
		p.Left = max(perBlock*time.Duration(p.Blocks-done), 0)
	}
	for _, a := range w.arms {
		p.Answered += a.Count().Answered.Load()
		p.Failed += a.Count().Failed.Load()
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
