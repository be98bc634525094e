package forecast

import (
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"

	"weighbridge/bench"
	"weighbridge/bench/attack"
	"weighbridge/bench/schedule"
	"weighbridge/mockserver"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/cache"
	"weighbridge/target/dialect"
	"weighbridge/target/outbound"
	"weighbridge/target/prices"
)

// forecaster makes a forecast.
type forecaster struct {
	scenario *scenarios.Scenario
	forecast *Forecast
	// largest is the most that is reserved for one attempt.
	largest budget.Amount
	// closed is what closed load uses up if an answer takes a second, in the order of Amounts.figures.
	closed [5]float64
	// mostTries is how often a server that is not ready is tried at most.
	mostTries int
	doubts    []doubt
}

// doubt is why figures of some arms are not known.
type doubt struct {
	why  string
	arms []string
}

// doubt notes why figures of the arm are not known.
func (a *armForecaster) doubt(why string) {
	for i, known := range a.doubts {
		if known.why == why {
			a.doubts[i].arms = append(known.arms, a.arm.Name)
			return
		}
	}
	a.forecaster.doubts = append(a.forecaster.doubts, doubt{why, []string{a.arm.Name}})
}

// addDoubts writes the doubts about arms down.
func (r *forecaster) addDoubts() {
	for _, d := range r.doubts {
		who := "arm " + d.arms[0]
		switch {
		case len(d.arms) == len(r.scenario.Arms()):
			who = "every arm"
		case len(d.arms) > 1:
			who = "arms " + strings.Join(d.arms, ", ")
		}
		r.forecast.Unknown = append(r.forecast.Unknown, who+": "+d.why)
	}
}

// drawn adds up requests that are drawn from the schedule. Input and output are the tokens that are
// expected; asked is the output tokens that are asked for; body and reserved are the input and output
// tokens that the budget reserves.
type drawn struct{ requests, prompts, input, output, asked, body, reserved uint64 }

// armForecaster forecasts one arm.
type armForecaster struct {
	*forecaster
	arm     scenarios.Arm
	work    schedule.Work
	dialect target.Dialect
	base    *url.URL
	price   *prices.Price
	// outputs says whether requests ask for a number of output tokens.
	outputs bool
	// scaled says that the schedule was too long to be drawn.
	scaled bool
	// firstTry is the request that a warm-up begins with, calibration what the first goes on with, and
	// warmupLoad what follows.
	firstTry, calibration, warmupLoad drawn
	// measured and more are the open load of the planned blocks, and of those that a gate may add.
	measured, more drawn
	// unknown says that the number of requests depends on the server.
	unknown bool
	// answers are what the client's cache holds; nil without one. found are the requests of the planned
	// blocks that it answers, and foundEarly those of the warm-up.
	answers           *cache.Cache[struct{}]
	found, foundEarly drawn
}

const (
	// maxDrawn is the number of prompts of an arm up to which its schedule is drawn.
	maxDrawn = 1_000_000
	// sample is how many prompts of a longer schedule the others are taken to be like.
	sample = 10_000
)

func (r *forecaster) addArm(arm scenarios.Arm, work schedule.Work, price *prices.Price) error {
	a := &armForecaster{forecaster: r, arm: arm, work: work, price: price, base: &url.URL{Scheme: "https", Host: "127.0.0.1"}}
	server := target.Mock
	if arm.Target.URL != target.Mock {
		end, err := target.ParseEndpoint(arm.Target.URL)
		if err != nil {
			return fmt.Errorf("target.url: %w", err)
		}
		a.base, server = outbound.Spelled(end.Base), target.ServerOf(arm.Target.URL)
	}
	var err error
	if a.dialect, err = dialect.New(arm.Target); err != nil {
		return err
	}
	_, a.outputs = a.asked(1)
	a.forgetAnswers()
	if err := a.draw(); err != nil {
		return fmt.Errorf("arm %s: %w", arm.Name, err)
	}
	out := Arm{Arm: arm.Name, Server: server}
	a.fill(&out)
	r.forecast.Arms = append(r.forecast.Arms, out)
	return nil
}

// draw draws the requests of the arm, block by block as the run does.
func (a *armForecaster) draw() error {
	if b := a.arm.Load.Batch; b != nil {
		a.firstTry = drawn{requests: 1} // which asks for the batches that there are
		return a.drawBatches(*b)
	}
	first := a.work.Sample(attack.PhaseWarmup, a.arm.Target.Batch.Size)
	if err := a.add(&a.firstTry, first); err != nil {
		return err
	}
	if _, err := a.find(first, -a.arm.Load.Warmup); err != nil {
		return err
	}
	if err := a.drawCalibration(); err != nil {
		return err
	}
	if open, ok := attack.WarmupLoad(a.arm.Load); ok {
		if err := a.addOpen(&a.warmupLoad, attack.PhaseWarmup, open, 0, 1); err != nil {
			return err
		}
	}
	if a.arm.Load.Open != nil {
		if err := a.drawOpen(*a.arm.Load.Open); err != nil {
			return err
		}
	}
	if c := a.arm.Load.Closed; c != nil {
		if err := a.addClosed(*c); err != nil {
			return err
		}
	}
	if c := a.arm.Load.Capacity; c != nil {
		a.addCapacity(*c)
	}
	return nil
}

// drawOpen draws the planned blocks of open load, and those that a gate may add. Added blocks are
// drawn one by one, which never makes fewer batches of them.
func (a *armForecaster) drawOpen(o scenarios.Open) error {
	planned, most := a.scenario.Experiment.Blocks, max(a.scenario.Experiment.Blocks, a.scenario.Experiment.MaxBlocks)
	if a.expectedPrompts(o, most) > maxDrawn {
		return a.scaleOpen(o)
	}
	for _, stretch := range a.stretches(planned) {
		if n := a.scenario.Experiment.RestartEvery; n > 0 && stretch.first > 0 && stretch.first%n == 0 {
			a.forgetAnswers()
		}
		if err := a.addOpen(&a.measured, attack.PhaseOpen, o, stretch.first, stretch.blocks); err != nil {
			return err
		}
	}
	for block := planned; block < most; block++ {
		if err := a.addOpen(&a.more, attack.PhaseOpen, o, block, 1); err != nil {
			return err
		}
	}
	return nil
}

// expectedPrompts is the mean number of prompts in some blocks of open load.
func (a *armForecaster) expectedPrompts(o scenarios.Open, blocks int) float64 {
	rate := o.Rate
	if a.work.Trace != nil {
		rate = a.work.Trace.Rate(blocks, o.Duration)
	}
	turns, _ := a.work.Deck.Turns(a.arm.Prompts.Turns)
	return turns * rate * o.Duration.Seconds() * float64(blocks)
}

// scaleOpen draws the first prompts of a schedule that is too long to be drawn, and takes the
// others to be like them. Then the most is not known.
func (a *armForecaster) scaleOpen(o scenarios.Open) error {
	next, err := a.work.Open(attack.PhaseOpen, o, 0, a.scenario.Experiment.Blocks)
	if err != nil {
		return err
	}
	batches := schedule.Batches(next, a.arm.Target.Batch.Size, a.arm.Target.Batch.Linger)
	for range sample / a.arm.Target.Batch.Size {
		b, ok := batches()
		if !ok {
			break
		}
		if err := a.addAll(&a.measured, b.Prompts, b.Prompts[0].Due); err != nil {
			return err
		}
	}
	longer := a.expectedPrompts(o, a.scenario.Experiment.Blocks) / float64(max(a.measured.prompts, 1))
	a.measured, a.found = a.measured.scaledBy(longer), a.found.scaledBy(longer)
	a.scaled = true
	a.doubt(fmt.Sprintf("open load of more than %d prompts was not drawn: its expected figures are means, and the most is not known", maxDrawn))
	return nil
}

// stretch is some consecutive blocks that are one attack.
type stretch struct{ first, blocks int }

// stretches returns the attacks of open load in the first blocks.
func (a *armForecaster) stretches(blocks int) (all []stretch) {
	every := 1
	if a.contiguous() {
		every = blocks
		if n := a.scenario.Experiment.RestartEvery; n > 0 {
			every = n
		}
	}
	for first := 0; first < blocks; first += every {
		all = append(all, stretch{first, min(every, blocks-first)})
	}
	return all
}

// addOpen adds the requests of one attack of open load.
func (a *armForecaster) addOpen(to *drawn, phase string, o scenarios.Open, first, blocks int) error {
	next, err := a.work.Open(phase, o, first, blocks)
	if err != nil {
		return err
	}
	batches := schedule.Batches(next, a.arm.Target.Batch.Size, a.arm.Target.Batch.Linger)
	for b, ok := batches(); ok; b, ok = batches() {
		due := b.Prompts[0].Due + time.Duration(first)*o.Duration
		if phase == attack.PhaseWarmup {
			due -= o.Duration
		}
		if err := a.addAll(to, b.Prompts, due); err != nil {
			return err
		}
	}
	return nil
}

// addAll adds one request, which is due so long after the first block began, and those of the later turns
// of its conversation.
func (a *armForecaster) addAll(to *drawn, prompts []schedule.Prompt, due time.Duration) error {
	var first drawn
	if err := a.add(&first, prompts); err != nil {
		return err
	}
	to.plus(first)
	if found, err := a.find(prompts, due); err != nil {
		return err
	} else if found {
		switch to {
		case &a.measured:
			a.found.plus(first)
		case &a.warmupLoad:
			a.foundEarly.plus(first)
		}
	}
	a.addTurns(to, prompts[0], first)
	return nil
}

// add adds one request.
func (a *armForecaster) add(to *drawn, prompts []schedule.Prompt) error {
	one, err := a.request(prompts)
	if err != nil {
		return err
	}
	to.plus(one)
	a.reserve(one)
	return nil
}

// request is one request.
func (a *armForecaster) request(prompts []schedule.Prompt) (one drawn, err error) {
	content := attack.Content(a.arm.Target, prompts)
	req, err := a.built(&content)
	if err != nil {
		return one, err
	}
	n := uint64(len(prompts))
	asked, _ := a.asked(content.MaxTokens)
	one = drawn{
		requests: 1, prompts: n, asked: asked * n, output: a.outputTokens(asked) * n,
		body: budget.InputTokens(req.ContentLength), reserved: bench.Output(a.arm, content.MaxTokens) * n,
	}
	for _, p := range prompts {
		one.input += a.inputTokens(p)
	}
	return one, nil
}

// inputTokens is how many tokens a prompt has: by the mock's setting on the mock, else as many as it
// was made of, or by the length that a token has in English texts.
func (a *armForecaster) inputTokens(p schedule.Prompt) uint64 {
	texts, counted := []string{p.Bust, p.Text, a.arm.Target.System}, uint64(0)
	switch {
	case a.calibrated(): // its length will be such that as many are counted
		texts[1], counted = "", uint64(math.Round(float64(len(p.Text))/scenarios.CharactersPerToken))
	case p.Tokens > 0 && !a.mocked():
		texts[1], counted = "", uint64(p.Tokens)
	}
	if p.Conversation != nil {
		texts = append(texts, p.Conversation.System())
	}
	characters := 0
	for _, text := range texts {
		characters += utf8.RuneCountInString(text)
	}
	return counted + a.tokensOf(characters)
}

// asked is how many output tokens a prompt asks for; false if that is not known. If it does not
// say, the mock has a number of its own.
func (a *armForecaster) asked(maxTokens int) (uint64, bool) {
	asked, known := a.arm.Target.AskedTokens(maxTokens)
	if !known && a.mocked() {
		asked, known = mockserver.DefaultOutput, true
		if length := a.arm.Mock.Tokens.Output; !length.IsZero() {
			asked = uint64(math.Round(length.Quantile(1)))
		}
	}
	return asked * a.arm.Target.Choices(), known
}

// outputTokens is how long the answer to a prompt is expected to be: as asked for or, on the mock,
// by its setting.
func (a *armForecaster) outputTokens(asked uint64) uint64 {
	length := a.arm.Mock.Tokens.Output
	if !a.mocked() || length.IsZero() {
		return asked
	}
	const samples = 100
	sum := 0.0
	for i := range samples {
		drawn := math.Round(length.Quantile((float64(i) + 0.5) / samples))
		sum += min(max(drawn, 1), float64(asked))
	}
	return uint64(math.Round(sum / samples))
}

func (a *armForecaster) mocked() bool { return a.arm.Target.URL == target.Mock }

// reserve adds what the budget reserves for the first attempt of a request.
func (a *armForecaster) reserve(d drawn) {
	one := budget.Amount{Requests: 1, Prompts: d.prompts, InputTokens: d.body, OutputTokens: d.reserved}
	if a.price != nil {
		one.Cost = a.price.Most(one.InputTokens, one.OutputTokens)
	}
	r := &a.forecaster.largest
	*r = budget.Amount{
		Requests: max(r.Requests, one.Requests), Prompts: max(r.Prompts, one.Prompts),
		InputTokens: max(r.InputTokens, one.InputTokens), OutputTokens: max(r.OutputTokens, one.OutputTokens), Cost: max(r.Cost, one.Cost),
	}
}

func (d *drawn) plus(e drawn) {
	d.requests += e.requests
	d.prompts += e.prompts
	d.input += e.input
	d.output += e.output
	d.body += e.body
	d.asked += e.asked
	d.reserved += e.reserved
}

func (d drawn) without(e drawn) drawn {
	return drawn{d.requests - e.requests, d.prompts - e.prompts, d.input - e.input, d.output - e.output, d.asked - e.asked, d.body - e.body, d.reserved - e.reserved}
}

func (d drawn) times(n uint64) drawn { return d.scaledBy(float64(n)) }

func (d drawn) scaledBy(by float64) drawn {
	to := func(n uint64) uint64 { return uint64(math.Round(float64(n) * by)) }
	return drawn{to(d.requests), to(d.prompts), to(d.input), to(d.output), to(d.asked), to(d.body), to(d.reserved)}
}
