package bench_test

import (
	"fmt"
	"math"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/scenarios"
	"weighbridge/scenarios/metric"
)

// What batches cost is what the mock billed, at the price of batches, and the ledger has every
// request that submits, polls and fetches.
func TestBatchesBesideTheLedger(t *testing.T) {
	s, err := scenarios.Parse("batches.yaml", []byte(`
name: batches
target: {dialect: anthropic}
prompts: {length: 100, max_tokens: 16}
load: {warmup: 0s, batch: {size: 20, poll: 20ms, wait: 1m}}
experiment: {blocks: 2}
budget: {requests: 10000, usd: 10}
prices: {models: {mock-model: {input: 3, output: 15, batch: {share: 0.5}}}}
mock: {batches: {duration: 100ms}}
matrix:
  api:
    messages: {target.dialect: anthropic}
    chat: {target.dialect: openai}
    responses: {target.dialect: responses}
`), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	rec := run(t, s)
	if got, b := seen(rec), rec.Budget; !rec.Complete || b.Used.Requests != got.Requests || b.Used.Prompts != got.Prompts ||
		b.Used.InputTokens != got.InputTokens || b.Used.OutputTokens != got.OutputTokens || b.AssumedAttempts > 0 {
		t.Errorf("complete: %v, used %+v, the mocks saw %+v", rec.Complete, b, got)
	}
	cost, _ := metric.Named("cost_usd")
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		l := arm.Ledger
		if !l.Matches || l.Prompts != 40 || l.Tokens.Input != arm.Totals.Tokens.Input || l.Tokens.Output != 40*16 || arm.Totals.Answered != 40 {
			t.Errorf("%s: %+v, tokens %+v", arm.Name, l, arm.Totals.Tokens)
		}
		billed := (float64(l.Tokens.Input)*3 + float64(l.Tokens.Output)*15) / 2e6
		if usd := figures.NewCalculator().Arm(cost, arm, 0.05).Value; math.Abs(usd-billed) > 1e-12 {
			t.Errorf("%s cost $%v, the mock billed $%v", arm.Name, usd, billed)
		}
		for _, b := range arm.Blocks {
			batches := b.Batch.Batches
			if !b.Complete || batches.Ended != 1 || batches.Polls == 0 || batches.Results["succeeded"] != 20 || batches.Doubt.TotalMS < 20 || batches.Completion.TotalMS < 100 {
				t.Errorf("%s, block %d: %+v", arm.Name, b.Index, batches)
			}
		}
	}
}

// However small the budget is, and whatever fails, no server sees more than it: not even the request
// that cancels a batch, once the budget has no room for another poll.
func TestNoServerSeesMoreThanTheBudgetOfBatches(t *testing.T) {
	for _, requests := range []int{1, 2, 4, 5, 7, 10} {
		s, err := scenarios.Parse("batches.yaml", fmt.Appendf(nil, `
name: batches
target: {dialect: anthropic}
prompts: {length: 40, max_tokens: 16}
client: {retry: {policy: fixed, multiplier: 1ms, attempts: 3}}
load: {warmup: 0s, batch: {size: 5, poll: 10ms, wait: 1m}}
budget: {requests: %d}
experiment: {blocks: 3, order: sequential, seed: %d}
mock: {batches: {duration: 30ms}, faults: {errors: {429: 0.1, 500: 0.15}, reset: 0.1}}
matrix: {api: {messages: {target.dialect: anthropic}, chat: {target.dialect: openai}}}
`, 2*requests, requests), scenarios.Changes{})
		if err != nil {
			t.Fatal(err)
		}
		rec := run(t, s)
		got, used := seen(rec), rec.Budget.Used
		if limit := uint64(2 * requests); got.Requests > used.Requests || used.Requests > limit || got.Prompts > used.Prompts || got.OutputTokens > used.OutputTokens {
			t.Errorf("budget of %d requests: the mocks saw %+v, %+v are accounted for", limit, got, used)
		}
		for _, arm := range rec.Arms {
			for _, b := range arm.Blocks {
				batch := b.Batch
				if batch.Due != 5 || batch.Due != batch.Answered+batch.Failed+batch.NeverSent || batch.Batches.Submitted > batch.Batches.Ended+batch.Batches.Canceled {
					t.Errorf("budget of %d requests, %s: %+v, %+v", 2*requests, arm.Name, batch, batch.Batches)
				}
			}
		}
	}
}
