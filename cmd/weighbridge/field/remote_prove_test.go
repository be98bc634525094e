//go:build prove

package field

import (
	"fmt"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"weighbridge/bench"
	"weighbridge/bench/record"
)

// The times of 50 streams at once from a remote server are those that its own account has, which says
// when it wrote each piece: to 1 ms at the median and 5 ms at the 99th percentile.
func TestProveRemoteStreams(t *testing.T) {
	const streams, request, perToken, tokens = 50, 200 * time.Millisecond, 10 * time.Millisecond, 50
	mock := remote(t, fmt.Sprintf("{slots: 1000, latency: {request: %v, output_token: %v}}", request, perToken))
	for _, protocol := range []string{"http/1.1", "http/2"} {
		rec := mock.runTelling(t, bench.Events{Warm: func(string, record.Totals) { mock.Ledger().Reset() }}, fmt.Sprintf(`
name: streams
target: {url: "https://%s", dialect: anthropic, stream: true, model: mock-model, auth: {key: "${env:REMOTE_KEY}"}}
client: {protocol: %s, %s}
prompts: {max_tokens: %d, length: 40}
load: {warmup: 2s, closed: {in_flight: %d, duration: 15s}, drain: 10s}
experiment: {blocks: 1}
budget: {requests: 100000}
`, remoteName, protocol, mock.client, tokens, streams))
		s := rec.Arms[0].Blocks[0].Closed
		told, err := mock.Ledger().Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		first, each := decoded(t, told.FirstContent), decoded(t, told.PerToken)
		for _, c := range []struct {
			what      string
			got, want time.Duration
			tolerance time.Duration
		}{
			{"TTFT p50", s.FirstContent.Quantile(0.5), first(50), time.Millisecond},
			{"TTFT p99", s.FirstContent.Quantile(0.99), first(99), 5 * time.Millisecond},
			{"TPOT p50", s.TPOT.Quantile(0.5), each(50), time.Millisecond},
			{"TPOT p99", s.TPOT.Quantile(0.99), each(99), 5 * time.Millisecond},
			{"service − served p50", s.LatencyErrorQuantile(0.5), 0, time.Millisecond},
			{"service − served p99", s.LatencyErrorQuantile(0.99), 0, 5 * time.Millisecond},
		} {
			t.Logf("%s: %s %v, by the server's account %v", protocol, c.what, c.got, c.want)
			if (c.got - c.want).Abs() > c.tolerance {
				t.Errorf("%s: %s is %v, expected %v within %v", protocol, c.what, c.got, c.want, c.tolerance)
			}
		}
		if least := request + perToken; first(50) < least || each(50) < perToken*99/100 {
			t.Errorf("%s: the server's account has TTFT %v and TPOT %v, sooner than it was told", protocol, first(50), each(50))
		}
		if s.Failed > 0 || s.Answered == 0 {
			t.Errorf("%s: %d of %d failed", protocol, s.Failed, s.Due)
		}
	}
}

// 500 streams at once, from a remote server, lose no answer and no piece of one.
func TestProveManyRemoteStreams(t *testing.T) {
	const streams, tokens = 500, 20
	for _, protocol := range []string{"http/1.1", "http/2"} {
		mock := remote(t, "{slots: 1000, latency: {request: 500ms, output_token: 100ms}}")
		rec := mock.run(t, fmt.Sprintf(`
name: many
target: {url: "https://%s", dialect: openai, stream: true, model: mock-model, auth: {key: "${env:REMOTE_KEY}"}}
client: {protocol: %s, timeout: 60s, %s}
prompts: {max_tokens: %d, length: 40}
load: {warmup: 0s, closed: {in_flight: %d, duration: 10s, ramp: 3s}, drain: 60s}
experiment: {blocks: 1}
budget: {requests: 100000}
`, remoteName, protocol, mock.client, tokens, streams))
		arm, s := rec.Arms[0], rec.Arms[0].Blocks[0].Closed
		seen := mock.agrees(t, rec)
		t.Logf("%s: %d answers, %d in flight, %d connections, %d replays", protocol, s.Answered, s.InFlight, arm.Totals.Connections, s.Replays)
		if s.Failed > 0 || s.NeverSent > 0 || s.Answered == 0 || s.InFlight < streams || arm.Totals.Tokens.Output != tokens*arm.Totals.Attempts || seen.Gone > 0 {
			t.Errorf("%s: %d of %d failed, %d in flight, %d output tokens in %d attempts, %d left by the client: %+v",
				protocol, s.Failed, s.Due, s.InFlight, arm.Totals.Tokens.Output, arm.Totals.Attempts, seen.Gone, arm.Failures)
		}
	}
}

// decoded returns the quantiles, in percent, of a histogram of a ledger.
func decoded(t *testing.T, text string) func(percent float64) time.Duration {
	t.Helper()
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return func(percent float64) time.Duration {
		return time.Duration(h.ValueAtQuantile(percent)) * time.Microsecond
	}
}
