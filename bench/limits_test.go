package bench_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"weighbridge/scenarios"
)

// Against mocks with limits, load that keeps to a share of them is never refused. All that was due is
// answered in the end; how long it was held back, and by what, is recorded, and part of its response
// latency.
func TestLimitsAreRespected(t *testing.T) {
	s, err := scenarios.Parse("limits.yaml", []byte(`
name: limits
target: {dialect: openai, url: mock, stream: false}
prompts: {max_tokens: 64, length: 400}
client: {protocol: h2c, timeout: 5m, connect_timeout: 1m}
load: {warmup: 50ms, respect_limits: {share: 0.8}, open: {rate: 150, arrivals: constant, duration: 600ms}, drain: 5m}
experiment: {blocks: 1}
mock: {limit: {requests: {rate: 60, burst: 40}}}
matrix:
  limit:
    openai: {target.dialect: openai}
    anthropic: {target.dialect: anthropic, mock.limit.requests.burst: 100}
    tokens: {mock.limit.requests.burst: 1000, mock.limit.output_tokens.rate: 9600, mock.limit.output_tokens.burst: 3000}
    none: {mock.limit.requests.rate: 100000, mock.limit.requests.burst: 100000}
`), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	by := map[string][]string{"openai": {"x-ratelimit-requests"}, "anthropic": {"anthropic-ratelimit-requests"}, "tokens": {"x-ratelimit-tokens"}}
	for _, arm := range run(t, s).Arms {
		open, limit := arm.Blocks[0].Open, arm.Levels["limit"]
		if n := arm.Ledger.Faults["limit"]; n > 0 || open.Failed > 0 || len(open.Refused) > 0 || open.HeldBack > 0 {
			t.Errorf("%s: the mock refused %d, %d of %d prompts failed, %d were held back to the end: %v", limit, n, open.Failed, open.Due, open.HeldBack, open.Errors)
		}
		if open.NeverSent > 0 || open.SendLag.Quantile(1) > 100*time.Millisecond {
			continue // on a machine that is busy the generator was too late to meet the limit
		}
		if got := slices.Sorted(maps.Keys(open.HeldBy)); !slices.Equal(got, by[limit]) {
			t.Errorf("%s: held by %v, want %v", limit, open.HeldBy, by[limit])
		}
		// 90 prompts are due in 0.6 s; the share has 32 and 48 more per second.
		longest := open.LimitWait.Quantile(1)
		if least := 20 * time.Millisecond; limit != "none" && (longest < least || open.Response.Max() < longest || open.Parts.LimitWait.Count == 0) {
			t.Errorf("%s: held back for %v, response latency up to %v", limit, longest, open.Response.Max())
		}
	}
}
