package page

import (
	"testing"

	"weighbridge/bench/record"
	"weighbridge/reports/summary"
)

func TestLedgerLine(t *testing.T) {
	matching := summary.Arm{WholeRun: summary.WholeRun{Ledger: &summary.Ledger{Matches: true, Attempts: 1000}}}
	wrong := summary.Arm{WholeRun: summary.WholeRun{Ledger: &summary.Ledger{Attempts: 900, Absent: 3}}}
	unread := summary.Arm{WholeRun: summary.WholeRun{Ledger: &summary.Ledger{Unread: true}}}
	for want, arms := range map[string][]summary.Arm{
		"none (not the bundled mock)":                             {{}},
		"matches, 2,000 attempts, 0 absent":                       {matching, {}, matching},
		"DOES NOT MATCH in 1 of 2 arms, 1,900 attempts, 3 absent": {matching, wrong},
		"COULD NOT BE READ in 2 of 3 arms":                        {unread, wrong, unread},
	} {
		if got := ledgerLine(arms); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// What was only reserved is not called used, unless a limit counts it.
func TestBudgetLine(t *testing.T) {
	t.Parallel()
	unreported := record.Spending{Requests: 9, Prompts: 9, OutputTokens: 640}
	for want, b := range map[string]record.Budget{
		"Budget: 9 of 20 requests, 9 prompts used.": {Limits: record.Spending{Requests: 20}, Used: unreported, Assumed: record.Spending{OutputTokens: 640}, AssumedAttempts: 9},
		"Budget: 9 requests, 9 prompts, 640 of 900 output tokens used, of which 0 input and 640 output tokens are the reservations of 9 attempts that no answer settled.": {Limits: record.Spending{OutputTokens: 900}, Used: unreported, Assumed: record.Spending{OutputTokens: 640}, AssumedAttempts: 9},
		"Budget: 9 of 20 requests, 9 prompts, 640 output tokens used, of which 0 input and 64 output tokens are the reservations of 1 attempts that no answer settled.":   {Limits: record.Spending{Requests: 20}, Used: unreported, Assumed: record.Spending{OutputTokens: 64}, AssumedAttempts: 1},
	} {
		if got := budgetLine(&b); len(got) != 1 || got[0] != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
