package bench_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/scenarios"
)

const billed = `
name: billed
target: {dialect: anthropic}
prompts: {max_tokens: {uniform: {min: 1, max: 50}}}
load: {warmup: 100ms, drain: 30s, open: {rate: 200, duration: 300ms}}
experiment: {blocks: 2, restart_every: 1}
mock:
  latency: {request: 1ms}
  callbacks: {delay: {uniform: {min: 0, max: 20ms}}}
matrix:
  faults:
    none: {mock.callbacks.reorder: 0.1}
    callbacks: {mock.callbacks: {loss: 0.2, duplicate: 0.2, reorder: 0.1, forged: 0.1, replayed: 0.1}}
    answers: {mock.faults.reset: {share: 0.1, at: mid_body}, mock.callbacks.duplicate: 0.2}
`

// Whatever goes wrong with callbacks, and over restarts of the mocks: the naive account is off by what was
// lost and what came twice, to the token, the idempotent one by what was lost, and the reconciled one
// by nothing. Answers alone fall short where they are lost.
func TestAccountsOfBillingDriftByWhatWentWrong(t *testing.T) {
	t.Parallel()
	s, err := scenarios.Parse("billed.yaml", []byte(billed), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	rec := run(t, s)
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		sent, got, truth := arm.Ledger.Callbacks, arm.Billing, tokensOf(arm.Ledger.Tokens)
		if sent == nil || got == nil {
			t.Fatalf("%s: %+v, %+v", arm.Name, sent, got)
		}
		if truth.Sum() == 0 || sent.Billed == 0 || sent.Billed != sent.Lost+sent.Delivered+sent.Undelivered {
			t.Errorf("%s: %+v", arm.Name, sent)
		}
		missing := billing.Tokens{Input: sent.LostTokens.Input + sent.UndeliveredTokens.Input, Output: sent.LostTokens.Output + sent.UndeliveredTokens.Output}
		idempotent := billing.Tokens{Input: truth.Input - missing.Input, Output: truth.Output - missing.Output}
		naive := billing.Tokens{Input: idempotent.Input + sent.DuplicatedTokens.Input, Output: idempotent.Output + sent.DuplicatedTokens.Output}
		got.OutOfOrder, got.Missing = min(got.OutOfOrder, 1), 0
		want := &billing.Accounts{
			Received: sent.Delivered + sent.Duplicated, Duplicates: sent.Duplicated, OutOfOrder: 1,
			Forged: sent.Forged, Stale: sent.Replayed, Naive: naive, Idempotent: idempotent, Reconciled: truth,
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", arm.Name, d)
		}
		faulty := arm.Levels["faults"] == "callbacks"
		if some := sent.Lost > 0 && sent.Duplicated > 0 && sent.Forged > 0 && sent.Replayed > 0; some != faulty || sent.WronglyTaken > 0 {
			t.Errorf("%s: %+v", arm.Name, sent)
		}
		if short := tokensOf(arm.Totals.Tokens) != truth; short != (arm.Levels["faults"] == "answers") {
			t.Errorf("%s: answers tell of %+v, billed were %+v", arm.Name, arm.Totals.Tokens, truth)
		}
	}
}

func tokensOf(t record.Tokens) billing.Tokens {
	return billing.Tokens{Input: t.Input, Output: t.Output}
}
