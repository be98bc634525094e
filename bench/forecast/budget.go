package forecast

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/prices"
)

// applyBudget limits what the run uses up at most to its budget, and warns if the budget would
// end it early.
func (r *forecaster) applyBudget() {
	f, b := r.forecast, r.scenario.Budget
	if f.Budget = limitsOf(b); f.Budget == nil {
		return
	}
	limits, largest := parts(b.Limits()), parts(r.largest)
	for i, figure := range f.Total.figures() {
		limit := limits[i]
		if limit.n == 0 {
			continue
		}
		f.EndsEarly = f.EndsEarly || largest[i].n > limit.n || figure.Expected != nil && *figure.Expected > limit.value()
		switch {
		case largest[i].n > limit.n:
			r.warn("budget.%s: one attempt reserves up to %s, more than the budget of %s: the run ends before it is sent", limit.key, largest[i].text(), limit.text())
		case figure.Expected != nil && *figure.Expected > limit.value():
			r.warn("budget.%s: the run needs about %s and ends at %s, after about %.0f%% of it", limit.key, limit.of(*figure.Expected), limit.text(), 100*limit.value() / *figure.Expected)
		case figure.Most != nil && *figure.Most > limit.value():
			r.warn("budget.%s: the run may need up to %s, if attempts fail and are retried, and ends at %s", limit.key, limit.of(*figure.Most), limit.text())
		case figure.Expected == nil && r.closed[i] > 0:
			r.note("budget.%s: %s are enough for the closed load if an answer takes at least %v on average", limit.key, limit.text(), answersTake(r.closed[i]/limit.value()))
		}
		if figure.Most == nil || *figure.Most > limit.value() {
			figure.Most = new(limit.value())
		}
		if figure.Expected != nil && *figure.Expected > *figure.Most {
			figure.Expected = new(*figure.Most)
		}
	}
}

// answersTake writes a time in seconds to three digits.
func answersTake(seconds float64) time.Duration {
	d := time.Duration(seconds * float64(time.Second))
	unit := time.Microsecond
	for d >= 1000*unit {
		unit *= 10
	}
	return d.Round(unit)
}

func (r *forecaster) warn(format string, args ...any) {
	r.forecast.Warnings = append(r.forecast.Warnings, fmt.Sprintf(format, args...))
}

func (r *forecaster) note(format string, args ...any) {
	r.forecast.Notes = append(r.forecast.Notes, fmt.Sprintf(format, args...))
}

// part is one number of a budget: a count, or an amount of money.
type part struct {
	key   string
	n     uint64
	money bool
}

// parts are the numbers of an amount, in the order of Amounts.figures.
func parts(a budget.Amount) []part {
	return []part{
		{"requests", a.Requests, false},
		{"prompts", a.Prompts, false},
		{"input_tokens", a.InputTokens, false},
		{"output_tokens", a.OutputTokens, false},
		{"usd", uint64(a.Cost), true},
	}
}

func (p part) value() float64 {
	if p.money {
		return prices.Money(p.n).USD()
	}
	return float64(p.n)
}

func (p part) text() string { return p.of(p.value()) }

// of writes a value of the part.
func (p part) of(value float64) string {
	if p.money {
		return strconv.FormatFloat(value, 'g', 4, 64) + " USD"
	}
	return strconv.FormatFloat(value, 'f', 0, 64)
}

// addNotes says what the figures rest on.
func (r *forecaster) addNotes() {
	real, paid := false, false
	for _, arm := range r.forecast.Arms {
		real = real || arm.Server != target.Mock
		paid = paid || arm.USD != Figure{}
	}
	r.note("expected: every request is answered at its first attempt, and answers are as long as they may be (prompts.max_tokens)")
	if slices.ContainsFunc(r.scenario.Arms(), func(a scenarios.Arm) bool { return a.Client.Cache.Entries > 0 }) {
		r.note("expected figures leave out open load that client.cache answers, judged by when prompts are due (no turn of a conversation is expected to be found); the most assumes that nothing is found")
	}
	if slices.ContainsFunc(r.scenario.Arms(), func(a scenarios.Arm) bool { return a.Load.RespectLimits.Share > 0 }) {
		r.note("requests that load.respect_limits holds back leave later, or not at all if their slice ends first: how many depends on the server's limits")
	}
	if slices.ContainsFunc(r.scenario.Arms(), func(a scenarios.Arm) bool { return a.Prompts.Calibrated() }) {
		r.note("before the warm-up, %d requests of each arm with prompts.tokenizer: calibrated find out how many tokens its server counts; they are counted above", schedule.CalibrationRequests)
	}
	if slices.ContainsFunc(r.scenario.Arms(), func(a scenarios.Arm) bool {
		return r.forecast.Budget != nil && !a.Prompts.MaxTokens.IsZero() && a.Prompts.MaxTokens.Constant == 0
	}) {
		r.note("the budget reserves for each prompt in flight the output tokens that it asks for, as drawn from prompts.max_tokens, and gives back what an answer does not use (budget.reserve: expected reserves the mean of the answers so far)")
	}
	if tries := r.mostTries; tries > 0 {
		r.note("at most: every request takes all its attempts, and a server that is not ready is tried up to %d times first (load.ready)", tries)
	}
	if slices.ContainsFunc(r.scenario.Arms(), func(a scenarios.Arm) bool { return a.Prompts.Converses() }) {
		r.note("all turns of each conversation are sent, with the answers before them as input; fewer if a slice ends first")
	}
	if real {
		r.note("input tokens are an estimate by length: %d characters a token are expected, and at most a token for every 3 bytes of a request, as the budget reserves", scenarios.CharactersPerToken)
		r.note("not counted: what is sent again within an attempt because the server says that it has not processed it (at most 3 times; the budget counts it)")
	}
	if paid {
		r.note("the expected cost assumes no prompt cache; the most assumes the highest price for all input")
	}
}
