package bench

import (
	"context"
	"sync"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/attack/live"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
)

// progressEvery is the interval between two calls of an Observer.
const progressEvery = 250 * time.Millisecond

// Progress is how far a run has got.
type Progress struct {
	// Phase is warmup, open, closed, capacity or batch. Arm is set while one arm runs alone.
	Phase, Arm string
	// Probe numbers the probes of an arm's capacity search from 1, and Rate is the rate
	// offered, in prompts/s. Both are 0 outside a search.
	Probe int
	Rate  float64
	// Waiting is what the server that the warm-up waits for last said; empty once it is ready.
	Waiting string
	// Block counts from 1, and is 0 during the warm-up.
	Block, Blocks int
	// Answered, Failed and CutOff count the measured prompts of all arms; those that are cut off have not failed.
	Answered, Failed, CutOff uint64
	// InFlight is the requests in flight, and Queued those that wait for a slot (client.in_flight). More may wait in
	// the schedule.
	InFlight, Queued int64
	// P50 and P99 are percentiles of the response latencies of the prompts that were answered in the
	// last second, rounded up to two digits; 0 if none was.
	P50, P99 time.Duration
	// Draining is for how long at most the run still waits for the answers of a slice that has
	// ended; 0 while one lasts.
	Draining time.Duration
	// Elapsed is the time since the run began, Left an estimate of the time remaining.
	Elapsed, Left time.Duration
}

// Observer receives the progress of a run, a few times a second, from one goroutine.
type Observer func(Progress)

// Events are functions to be called when a part of the run has ended; each may be nil.
// They are called between slices, and the run waits for them.
type Events struct {
	// Start is called once, before anything is sent, with the counts of the arms. They may be read
	// at any time from then on.
	Start func(arms []live.Arm)
	// Warm is called for each arm after the warm-up, with its totals so far.
	Warm func(arm string, totals record.Totals)
	// Block is called for each arm's part of a block.
	Block func(arm string, block record.Block)
	// Probe is called for each probe of a capacity search.
	Probe func(arm string, probe record.Probe)
	// Failure is called for each kind of failure that is new among the most frequent of a phase.
	Failure func(arm string, failure reasons.Failure)
}

func (e Events) failures(arms []*attack.Arm) {
	if e.Failure == nil {
		return
	}
	for _, a := range arms {
		for _, f := range a.NewFailures() {
			e.Failure(a.Name, f)
		}
	}
}

func (e Events) probe(arm string, p record.Probe) {
	if e.Probe != nil {
		e.Probe(arm, p)
	}
}

func (e Events) warm(arms []*attack.Arm) {
	if e.Warm == nil {
		return
	}
	for _, a := range arms {
		e.Warm(a.Name, a.Totals())
	}
	e.failures(arms)
}

// blocks calls Block for the blocks from first on.
func (e Events) blocks(arms []record.Arm, first int) {
	if e.Block == nil {
		return
	}
	for _, arm := range arms {
		for _, b := range arm.Blocks {
			if b.Index >= first {
				e.Block(arm.Name, b)
			}
		}
	}
}

// tracker keeps track of the progress of a run.
type tracker struct {
	arms  []*attack.Arm
	began time.Time
	// expected is the expected duration of the run, and expectedSearches the part of it that the capacity
	// searches after the blocks take.
	expected, expectedSearches time.Duration

	mu  sync.Mutex
	now Progress
	// firstBlock and thisBlock are when block 1 and the current block began.
	firstBlock, thisBlock time.Time
	// searchesBegan is when the capacity searches began.
	searchesBegan time.Time
	// waitingSince is when the warm-up began to wait for a server; zero if it does not.
	waitingSince time.Time
	// blockDuration is set during a stretch of blocks that follow each other without a
	// call of set; else it is 0.
	blockDuration time.Duration
	// counts are the arms' counts, and recent what changed in the last second. Only the observer's goroutine
	// uses them.
	counts []live.Arm
	recent live.Recent
}

func (t *tracker) set(phase, arm string, block int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if block != t.now.Block {
		t.thisBlock = time.Now()
		if t.firstBlock.IsZero() {
			t.firstBlock = t.thisBlock
		}
	}
	t.now.Phase, t.now.Arm, t.now.Block = phase, arm, block
}

// waiting notes that the warm-up waits for a server, and what the server said.
func (t *tracker) waiting(said string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now.Waiting == "" {
		t.waitingSince = time.Now()
	}
	t.now.Waiting = said
}

// ready notes that the warm-up waits no longer.
func (t *tracker) ready() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.now.Waiting != "" {
		t.expected += time.Since(t.waitingSince)
		t.now.Waiting = ""
	}
}

// startStretch starts a stretch of blocks of the given duration.
func (t *tracker) startStretch(block int, blockDuration time.Duration) {
	t.set(attack.PhaseOpen, "", block)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.blockDuration, t.thisBlock = blockDuration, time.Now()
}

// setBlocks sets the number of blocks in all. It never decreases it.
func (t *tracker) setBlocks(blocks int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if blocks > t.now.Blocks {
		t.expected += t.expected / time.Duration(t.now.Blocks) * time.Duration(blocks-t.now.Blocks)
		t.now.Blocks = blocks
	}
}

// expectSteps adds to the expected duration of the searches that so many probes last longer, because their step
// is longer or their last answers take time.
func (t *tracker) expectSteps(probes int, longer time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expectedSearches += time.Duration(probes) * longer
}

// expectDrains adds to the expected duration that slices wait for their last answers.
func (t *tracker) expectDrains(longer time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.expected += longer
}

// startProbe starts the next probe of an arm.
func (t *tracker) startProbe(arm string, rate float64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.searchesBegan.IsZero() {
		t.searchesBegan = time.Now()
	}
	if t.now.Arm != arm || t.now.Phase != attack.PhaseCapacity {
		t.now.Probe = 0
	}
	t.now.Phase, t.now.Arm, t.now.Rate = attack.PhaseCapacity, arm, rate
	t.now.Probe++
}

// progress returns the current progress. The time left is estimated from the expected
// duration or, after the first block, from the pace of the blocks so far.
func (t *tracker) progress(now time.Time) Progress {
	t.mu.Lock()
	defer t.mu.Unlock()
	p := t.now
	p.Elapsed = now.Sub(t.began)
	p.Left = max(t.expected-p.Elapsed, 0)
	if p.Phase == attack.PhaseCapacity {
		p.Left = max(t.expectedSearches-now.Sub(t.searchesBegan), 0)
	} else if t.blockDuration > 0 && p.Phase == attack.PhaseOpen {
		p.Block = min(p.Block+int(now.Sub(t.thisBlock)/t.blockDuration), p.Blocks)
	} else if done := p.Block - 1; done > 0 {
		perBlock := t.thisBlock.Sub(t.firstBlock) / time.Duration(done)
		p.Left = max(perBlock*time.Duration(p.Blocks-done)-now.Sub(t.thisBlock), 0) + t.expectedSearches
	}
	for _, a := range t.arms {
		p.Answered += a.Counts().Answered.Load()
		p.Failed += a.Counts().Failed.Load()
		p.CutOff += a.Counts().CutOff.Load()
		p.Draining = max(p.Draining, a.Counts().Draining(now))
	}
	return p
}

// observed is the progress, with the latencies of the last second and the requests in flight.
func (t *tracker) observed(now time.Time) Progress {
	p, last := t.progress(now), t.recent.Last(now, t.counts)
	for _, a := range t.arms {
		open := a.Counts().Live.InFlight.Load()
		p.InFlight += min(open, int64(a.Client.InFlight))
		p.Queued += max(open-int64(a.Client.InFlight), 0)
	}
	p.P50, _ = last.Quantile(0.5)
	p.P99, _ = last.Quantile(0.99)
	return p
}

// observe calls f until ctx ends. The function it returns waits for the last call.
func (t *tracker) observe(ctx context.Context, f Observer) (wait func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(progressEvery)
		defer ticker.Stop()
		for {
			select {
			case now := <-ticker.C:
				f(t.observed(now))
			case <-ctx.Done():
				return
			}
		}
	}()
	return func() { <-done }
}
