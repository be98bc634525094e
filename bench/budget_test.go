package bench_test

import (
	"math"
	"strings"
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/figures"
	"weighbridge/bench/hosted"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
	"weighbridge/scenarios/metric"
)

// budgeted is a scenario with 100 workers in each of two arms, and many faults; more is
// appended to it.
func budgeted(t *testing.T, more string, sets ...string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("budgeted.yaml", []byte(`
name: budgeted
prompts: {length: {uniform: {min: 1, max: 800}}, max_tokens: 20}
client: {in_flight: 100, retry: {policy: fixed, multiplier: 1ms, attempts: 5}}
load: {warmup: 20ms, drain: 20s, closed: {in_flight: 100, duration: 30s}}
prices: {models: {mock-model: {input: 3, output: 15}}}
mock:
  latency: {request: 2ms}
  tokens: {output: {uniform: {min: 1, max: 40}}}
  faults: {errors: {429: 0.1, 500: 0.1}, reset: 0.05}
`+more), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// seen is what the mocks of all arms saw of attempts, prompts and tokens.
func seen(rec *record.Record) (out record.Spending) {
	for _, arm := range rec.Arms {
		out.Requests += arm.Ledger.Attempts
		out.Prompts += arm.Ledger.Prompts
		out.InputTokens += arm.Ledger.Tokens.Input
		out.OutputTokens += arm.Ledger.Tokens.Output
	}
	return out
}

// No server sees more than the budget, whatever fails and is tried again, and the run ends with a
// record once it is used up.
func TestNoServerSeesMoreThanTheBudget(t *testing.T) {
	const batches, streams, http2 = `
target: {dialect: article, batch: {size: 7}}
matrix: {side: {a: {mock.faults.item_errors: 0.2}, b: {mock.slots: 5}}}
`, `
target: {dialect: openai, stream: true}
matrix: {side: {a: {mock.faults.truncate_stream: 0.2}, b: {mock.faults.stream_error: 0.2}}}
`, `
target: {dialect: anthropic}
matrix: {side: {a: {client.protocol: http/2, mock.faults.refused_stream: 0.2}, b: {client.protocol: http/2, mock.faults.goaway: 0.05}}}
`
	for _, row := range []struct{ name, arms, limit string }{
		{"batches, requests", batches, "requests=301"},
		{"batches, prompts", batches, "prompts=400"},
		{"batches, input", batches, "input_tokens=30000"},
		{"streams, output", streams, "output_tokens=3000"},
		{"streams, money", streams, "usd=0.02"},
		{"HTTP/2, requests", http2, "requests=200"},
	} {
		t.Run(row.name, func(t *testing.T) {
			rec := run(t, budgeted(t, row.arms, "budget."+row.limit))
			limits, got, used := rec.Budget.Limits, seen(rec), rec.Budget.Used
			for _, one := range []struct {
				what             string
				limit, saw, used uint64
			}{
				{"requests", limits.Requests, got.Requests, used.Requests},
				{"prompts", limits.Prompts, got.Prompts, used.Prompts},
				{"input tokens", limits.InputTokens, got.InputTokens, used.InputTokens},
				{"output tokens", limits.OutputTokens, got.OutputTokens, used.OutputTokens},
			} {
				if one.saw > one.used || one.limit > 0 && one.used > one.limit {
					t.Errorf("the mocks saw %d %s, %d are accounted for, of %d", one.saw, one.what, one.used, one.limit)
				}
			}
			for _, arm := range rec.Arms {
				got.USD += arm.Price.Cost(arm.Ledger.Tokens)
			}
			if got.USD > used.USD+1e-9 || limits.USD > 0 && used.USD > limits.USD {
				t.Errorf("the mocks billed $%v, $%v are accounted for, of $%v", got.USD, used.USD, limits.USD)
			}
			if got.Requests == 0 || rec.Complete || !strings.HasPrefix(rec.Stopped, "budget: ") {
				t.Errorf("%d attempts, complete: %v, stopped: %q", got.Requests, rec.Complete, rec.Stopped)
			}
		})
	}
}

// A budget that is not reached changes nothing, and what was used is what the mock billed.
func TestBudgetIsSettledByUsage(t *testing.T) {
	s, err := scenarios.Parse("small.yaml", []byte(`
name: small
target: {dialect: anthropic}
load: {warmup: 0s, open: {rate: 100, duration: 200ms}}
budget: {requests: 10000, output_tokens: 100000, usd: 10}
prices: {models: {mock-model: {input: 3, output: 15}}}
mock: {tokens: {output: 3}}
`), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	rec := run(t, s)
	got, b := seen(rec), rec.Budget
	got.USD = b.Used.USD
	if !rec.Complete || b.Used != got || b.AssumedAttempts > 0 {
		t.Errorf("complete: %v, used %+v, the mock saw %+v", rec.Complete, b, got)
	}
	arm := rec.Arms[0]
	billed := (float64(arm.Ledger.Tokens.Input)*3 + float64(arm.Ledger.Tokens.Output)*15) / 1e6
	m, _ := metric.Named("cost_usd")
	if cost := figures.NewCalculator().Arm(m, &arm, 0.05).Value; math.Abs(cost-billed) > 1e-9 || math.Abs(b.Used.USD-billed) > 1e-9 {
		t.Errorf("the cost is $%v and $%v are used; the mock billed $%v", cost, b.Used.USD, billed)
	}
}

// Blocks measured before the budget was reached are complete, and the one in which it was is not.
func TestBudgetKeepsWholeBlocks(t *testing.T) {
	for _, order := range []string{scenarios.Concurrent, scenarios.Sequential} {
		s, err := scenarios.Parse("blocks.yaml", []byte(`
name: blocks
target: {dialect: openai}
load: {warmup: 0s, open: {rate: 200, arrivals: constant, duration: 100ms}}
matrix: {side: {a: {prompts.max_tokens: 3}, b: {prompts.max_tokens: 4}}}
budget: {requests: 130}
experiment: {blocks: 50}
`), scenarios.Changes{Set: []string{"experiment.order=" + order}})
		if err != nil {
			t.Fatal(err)
		}
		rec, err := bench.Run(t.Context(), bench.Options{Scenario: s, Servers: &hosted.Local{}, Observe: func(bench.Progress) {}})
		if err != nil {
			t.Fatal(err)
		}
		whole := 0
		for _, arm := range rec.Arms {
			for _, b := range arm.Blocks {
				if b.Complete && (b.Open.NeverSent > 0 || b.Open.Answered != b.Open.Due) {
					t.Errorf("%s: block %d of %s is complete with %+v", order, b.Index, arm.Name, b.Open)
				}
				if b.Complete {
					whole++
				}
			}
		}
		if whole < 2 || whole > 7 {
			t.Errorf("%s: %d blocks are complete, of 130 requests in blocks of 20", order, whole)
		}
	}
}
