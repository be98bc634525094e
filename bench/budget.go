package bench

import (
	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target/budget"
	"weighbridge/target/prices"
)

// reach ends the run because its budget has no room for another attempt.
func (e *ending) reach(why string) { e.cancel(attack.Stop{By: "budget", Why: why}) }

// newAccount returns the account of a run; nil if its scenario has no budget.
func newAccount(b budget.Config, end *ending) *budget.Account {
	if !b.Any() {
		return nil
	}
	return budget.New(b.Limits(), end.reach)
}

// meterOf returns what reserves an arm's attempts; price is nil where it is unknown.
func meterOf(account *budget.Account, arm scenarios.Arm, trace *schedule.Trace, b budget.Config, price *prices.Price) *budget.Meter {
	if account == nil {
		return nil
	}
	return account.Meter(budget.Arm{MaxOutput: maxOutput(arm, trace), Expected: b.Reserve == "expected", Price: price})
}

// maxOutput is how many output tokens a prompt of an arm asks for at most, as far as is known.
func maxOutput(arm scenarios.Arm, trace *schedule.Trace) uint64 {
	most := max(arm.Prompts.MostTokens(), trace.MostOutput())
	asked, known := arm.Target.AskedTokens(most)
	if !known {
		asked = uint64(most)
	}
	return asked * arm.Target.Choices()
}

// budgetOf is what a run might use up, and what it has; nil without a budget.
func budgetOf(b budget.Config, account *budget.Account) *record.Budget {
	if account == nil {
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
