package forecast

import (
	"fmt"

	"weighbridge/bench/attack"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
)

// drawBatches adds the batches of an arm: one in each block.
func (a *armForecaster) drawBatches(b scenarios.Batch) error {
	planned, most := a.scenario.Experiment.Blocks, max(a.scenario.Experiment.Blocks, a.scenario.Experiment.MaxBlocks)
	a.doubt(fmt.Sprintf("a batch is polled every %v until it has ended, and canceled after %v: how many polls that takes, and how long, depends on the server", b.Poll, b.Wait))
	if b.Size*most > maxDrawn {
		if err := a.addBatch(&a.measured, b, 0); err != nil {
			return err
		}
		a.measured = a.measured.times(uint64(planned))
		a.scaled = true
		a.doubt(fmt.Sprintf("with more than %d prompts in batches only one batch was drawn: the others are expected to be like it, and the most is not known", maxDrawn))
		return nil
	}
	for block := range most {
		to := &a.measured
		if block >= planned {
			to = &a.more
		}
		if err := a.addBatch(to, b, block); err != nil {
			return err
		}
	}
	return nil
}

// addBatch adds one batch, with the fewest requests that it may take.
func (a *armForecaster) addBatch(to *drawn, b scenarios.Batch, block int) error {
	var whole drawn
	for _, p := range a.work.Batch(attack.PhaseBatch, block, b.Size) {
		one, err := a.request([]schedule.Prompt{p})
		if err != nil {
			return err
		}
		whole.plus(one)
	}
	whole.requests = a.leastRequests()
	to.plus(whole)
	a.reserve(whole)
	return nil
}

// leastRequests is how many requests a batch takes at least, polls aside: one that creates it and one
// that reads its results, and before them an upload in OpenAI's API.
func (a *armForecaster) leastRequests() uint64 {
	if a.arm.Target.Dialect == "anthropic" {
		return 2
	}
	return 3
}
