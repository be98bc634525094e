package bench

import (
	"fmt"
	"slices"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
	"weighbridge/target/budget"
	"weighbridge/target/prices"
)

// Prices returns the price of each arm's model; for an arm with load.batch, the price of tokens in batches.
// A price that is unknown is nil, and a warning says why, unless the scenario has no prices at all. An error
// says that a file cannot be read, or that a budget in money needs a price that is unknown.
func Prices(s *scenarios.Scenario) (of []*prices.Price, warnings []string, err error) {
	arms := s.Arms()
	of = make([]*prices.Price, len(arms))
	if !s.Prices.Any() && s.Budget.USD == 0 {
		return of, nil, nil
	}
	source, err := s.Prices.Read()
	if err != nil {
		return nil, nil, err
	}
	for i, arm := range arms {
		if of[i], err = priceFor(arm, source); err == nil {
			continue
		}
		if s.Budget.USD > 0 {
			return nil, nil, fmt.Errorf("budget.usd: arm %s: %w", arm.Name, err)
		}
		warnings = append(warnings, fmt.Sprintf("arm %s: what it cost is not known: %v", arm.Name, err))
	}
	return of, warnings, nil
}

// priceFor is the price that an arm pays.
func priceFor(arm scenarios.Arm, source *prices.Source) (*prices.Price, error) {
	model := arm.Target.ModelName()
	p, err := source.Of(model, providerOf(arm.Target.Dialect))
	if err != nil || arm.Load.Batch == nil {
		return p, err
	}
	batched, known := p.InBatch()
	if !known {
		return nil, fmt.Errorf("no price of model %s in batches in prices: expected prices.models.%s.batch", model, model)
	}
	return &batched, nil
}

// providerOf is the name, in files of prices, of the provider whose API a dialect is.
func providerOf(dialect string) string {
	if dialect == "responses" {
		return "openai"
	}
	return dialect
}

// priceOf is a price as a record keeps it; nil for nil.
func priceOf(p *prices.Price, model string) *record.Price {
	if p == nil {
		return nil
	}
	out := &record.Price{Model: model, Input: p.Input, Output: p.Output, CacheRead: p.Input, CacheWrite: p.Input}
	if p.CacheRead != nil {
		out.CacheRead = *p.CacheRead
	}
	if p.CacheWrite != nil {
		out.CacheWrite = *p.CacheWrite
	}
	return out
}

// overBudget ends the run because its budget has no room for another attempt.
func (e *ending) overBudget(why string) { e.cancel(attack.Stop{By: "budget", Why: why}) }

// stop ends the run as an arm asks: nothing more is sent, and requests in flight may finish.
func (e *experiment) stop(s attack.Stop) {
	if e.account != nil {
		e.account.Close(s.Why)
	}
	e.ending.cancel(s)
}

// newAccount returns the account of a run, which sets no limit if its scenario has no budget. It returns nil
// if no account is needed: there is no budget, all arms are on mocks, which never ask for the end of the run,
// and no arm keeps to rate limits, for which the account estimates tokens.
func newAccount(s *scenarios.Scenario, end *ending) *budget.Account {
	needed := func(a scenarios.Arm) bool { return !onMock(a) || a.Load.RespectLimits.Share > 0 }
	if !s.Budget.Any() && !slices.ContainsFunc(s.Arms(), needed) {
		return nil
	}
	return budget.New(s.Budget.Limits(), end.overBudget)
}

// meterOf returns what reserves an arm's attempts; price is nil if it is unknown.
func meterOf(account *budget.Account, arm scenarios.Arm, trace *schedule.Trace, b budget.Config, price *prices.Price) *budget.Meter {
	if account == nil {
		return nil
	}
	return account.Meter(budget.Arm{
		MaxOutput: maxOutput(arm, trace), Asks: func(maxTokens int) uint64 { return outputOf(&arm.Target, maxTokens) },
		Expected: b.Reserve == "expected", Price: price,
	})
}

// maxOutput is how many output tokens a prompt of an arm asks for at most, as far as is known.
func maxOutput(arm scenarios.Arm, trace *schedule.Trace) uint64 {
	return Output(arm, max(arm.Prompts.MostTokens(), trace.MostOutput()))
}

// Output is how many output tokens a prompt of an arm asks for if its request sends the given max_tokens.
func Output(arm scenarios.Arm, maxTokens int) uint64 { return outputOf(&arm.Target, maxTokens) }

// outputOf is called for every attempt. With a copy of the arm, the stack of each would outgrow 8 KiB.
func outputOf(t *target.Config, maxTokens int) uint64 {
	asked, known := t.AskedTokens(maxTokens)
	if !known {
		asked = uint64(maxTokens)
	}
	return asked * t.Choices()
}

// budgetOf is what a run might use up, and what it has; nil without a budget.
func budgetOf(b budget.Config, account *budget.Account) *record.Budget {
	if account == nil || !b.Any() {
		return nil
	}
	spent := account.Spent()
	return &record.Budget{
		Limits: spendingOf(b.Limits()), Used: spendingOf(spent.Used),
		Assumed: spendingOf(spent.Assumed), AssumedAttempts: spent.AssumedAttempts,
	}
}

func spendingOf(a budget.Amount) record.Spending {
	return record.Spending{
		Requests: a.Requests, Prompts: a.Prompts, InputTokens: a.InputTokens, OutputTokens: a.OutputTokens, USD: a.Cost.USD(),
	}
}
