package forecast

import (
	"fmt"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target/prices"
)

// fill sets the figures of an arm. Most supposes that every request takes all its attempts.
func (a *armForecaster) fill(out *Arm) {
	expected, most := a.warmups()
	out.WarmupPrompts = count(expected.prompts, a.retried(most).prompts)
	expected.plus(a.measured.without(a.found))
	out.InputPerPrompt = new(float64(expected.input) / float64(expected.prompts))
	if a.outputs {
		out.OutputPerPrompt = new(float64(expected.output) / float64(expected.prompts))
	}
	most.plus(a.measured)
	most.plus(a.more)
	if b := a.arm.Load.Batch; b != nil {
		blocks := uint64(max(a.scenario.Experiment.Blocks, a.scenario.Experiment.MaxBlocks))
		most.requests += blocks * (uint64(b.Requests()) - a.leastRequests())
	}
	most = a.retried(most)

	out.Prompts = count(expected.prompts, most.prompts)
	out.Attempts = count(expected.requests, most.requests)
	out.InputTokens = count(expected.input, most.body)
	if a.mocked() {
		out.InputTokens.Most = new(float64(most.input))
	}
	if a.calibrated() {
		out.InputTokens.Most = nil
		a.doubt("the most input tokens is not known, as the length of prompts depends on the calibration (prompts.tokenizer)")
	}
	out.OutputTokens = count(expected.output, most.asked)
	if !a.outputs {
		out.OutputTokens = Figure{}
		a.doubt("its requests do not say how many output tokens they ask for")
	}
	if a.unknown {
		out.Amounts = Amounts{Prompts: Figure{Least: out.Prompts.Expected}, Attempts: Figure{Least: out.Attempts.Expected}}
	}
	if a.arm.Load.Batch != nil {
		out.Attempts = Figure{Least: out.Attempts.Expected, Most: new(float64(most.requests))}
	}
	if a.arm.Load.Closed != nil {
		out.WarmupPrompts = Figure{Least: out.WarmupPrompts.Expected}
	}
	if a.scaled {
		for _, figure := range out.figures() {
			figure.Most = nil
		}
	}
	out.USD = a.cost(out.InputTokens, out.OutputTokens)
}

// calibrated reports whether the length of prompts depends on what the server counts.
func (a *armForecaster) calibrated() bool {
	p := a.arm.Prompts
	return p.Calibrated() && p.File == "" && (!p.Tokens.IsZero() || a.work.Trace != nil)
}

// drawCalibration adds the requests that find out how many tokens the server counts.
func (a *armForecaster) drawCalibration() error {
	if !a.arm.Prompts.Calibrated() {
		return nil
	}
	for _, text := range schedule.CalibrationTexts(a.arm.Prompts, a.scenario.Experiment.Seed) {
		one, err := a.request([]schedule.Prompt{attack.CalibrationPrompt(text, a.arm.Prompts)})
		if err != nil {
			return err
		}
		a.calibration.plus(one)
	}
	return nil
}

// warmups is what is sent before measuring: expected, and at most, if the server is not ready for as
// long as it may be.
func (a *armForecaster) warmups() (expected, most drawn) {
	blocks := a.scenario.Experiment.Blocks
	expected, most = a.warmupLoad.without(a.foundEarly), a.warmupLoad
	expected.plus(a.firstTry)
	tries := attack.MostTries(a.arm.Load, a.mocked())
	if !a.mocked() {
		a.mostTries = max(a.mostTries, tries)
	}
	most.plus(a.firstTry.times(uint64(tries)))
	expected = expected.times(uint64(a.scenario.Experiment.Warmups(blocks)))
	most = most.times(uint64(a.scenario.Experiment.Warmups(max(blocks, a.scenario.Experiment.MaxBlocks))))
	expected.plus(a.calibration)
	most.plus(a.calibration)
	return expected, most
}

// cost is what tokens cost; nil if they, or the price, are not known.
func (a *armForecaster) cost(input, output Figure) (usd Figure) {
	if a.price == nil {
		return usd
	}
	if input.Expected != nil && output.Expected != nil {
		usd.Expected = new(a.price.Cost(prices.Tokens{Input: uint64(*input.Expected), Output: uint64(*output.Expected)}).USD())
	}
	if input.Most != nil && output.Most != nil {
		usd.Most = new(a.price.Most(uint64(*input.Most), uint64(*output.Most)).USD())
	}
	return usd
}

// addClosed notes closed load, of which only its time is known. One request of it is built, as its
// size counts.
func (a *armForecaster) addClosed(c scenarios.Closed) error {
	var one drawn
	prompts, _ := a.work.Closed(attack.PhaseClosed, c, 0, a.arm.Target.Batch.Size)()
	if err := a.add(&one, prompts); err != nil {
		return err
	}
	a.unknown = true
	slice := time.Duration(c.InFlight) * c.Duration * time.Duration(a.scenario.Experiment.Blocks)
	for i, n := range a.perRequest(one) {
		a.closed[i] += n * slice.Seconds()
	}
	a.doubt(fmt.Sprintf("closed load sends a request whenever one is answered: %s × %v with %d in flight make about %.0f requests if an answer takes 1s, and more if it takes less",
		blocksText(a.scenario.Experiment.Blocks), c.Duration, c.InFlight, slice.Seconds()))
	return nil
}

// perRequest is what a request is expected to use up, in the order of Amounts.figures.
func (a *armForecaster) perRequest(one drawn) [5]float64 {
	amounts := [5]float64{1, float64(one.prompts), float64(one.input), float64(one.output)}
	if a.price != nil {
		amounts[4] = a.price.Cost(prices.Tokens{Input: one.input, Output: one.output}).USD()
	}
	return amounts
}

// addCapacity notes a search for capacity, whose length depends on which rates the server holds.
func (a *armForecaster) addCapacity(c scenarios.Capacity) {
	a.unknown = true
	prompts := 0.0
	for rate := c.From; ; rate = min(2*rate, c.To) {
		prompts += rate * c.Step.Seconds()
		if rate >= c.To {
			prompts += float64(c.Confirm) * rate * c.Step.Seconds()
			break
		}
	}
	a.doubt(fmt.Sprintf("a capacity search tries rates until one does not hold: about %.0f prompts if all rates from %v/s to %v/s hold for %v each",
		prompts, c.From, c.To, c.Step))
}

func blocksText(n int) string {
	if n == 1 {
		return "1 block"
	}
	return fmt.Sprintf("%d blocks", n)
}
