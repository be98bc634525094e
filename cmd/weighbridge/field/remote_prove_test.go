//go:build prove

package field

import (
	"fmt"
	"testing"
	"time"
)

// The times of 50 streams at once from a remote server are those that its own account has: to 1 ms at the
// median and 5 ms at the 99th percentile.
func TestProveRemoteStreams(t *testing.T) {
	const streams, request, perToken, tokens = 50, 200 * time.Millisecond, 10 * time.Millisecond, 50
	mock := remote(t, fmt.Sprintf("{slots: 1000, latency: {request: %v, output_token: %v}}", request, perToken))
	for _, protocol := range []string{"http/1.1", "http/2"} {
		rec := mock.run(t, fmt.Sprintf(`
name: streams
target: {url: "https://%s", dialect: anthropic, stream: true, model: mock-model, auth: {key: "${env:REMOTE_KEY}"}}
client: {protocol: %s, %s}
prompts: {max_tokens: %d, length: 40}
load: {warmup: 2s, closed: {in_flight: %d, duration: 15s}, drain: 10s}
experiment: {blocks: 1}
budget: {requests: 100000}
`, remoteName, protocol, mock.client, tokens, streams))
		s := rec.Arms[0].Blocks[0].Closed
		for _, c := range []struct {
			what      string
			got, want time.Duration
			tolerance time.Duration
		}{
			{"TTFT p50", s.FirstContent.Quantile(0.5), request + perToken, time.Millisecond},
			{"TTFT p99", s.FirstContent.Quantile(0.99), request + perToken, 5 * time.Millisecond},
			{"TPOT p50", s.TPOT.Quantile(0.5), perToken, time.Millisecond},
			{"TPOT p99", s.TPOT.Quantile(0.99), perToken, 5 * time.Millisecond},
			{"service − served p50", s.LatencyErrorQuantile(0.5), 0, time.Millisecond},
			{"service − served p99", s.LatencyErrorQuantile(0.99), 0, 5 * time.Millisecond},
		} {
			t.Logf("%s: %s %v", protocol, c.what, c.got)
			if (c.got - c.want).Abs() > c.tolerance {
				t.Errorf("%s: %s is %v, expected %v within %v", protocol, c.what, c.got, c.want, c.tolerance)
			}
		}
		if s.Failed > 0 || s.Answered == 0 {
			t.Errorf("%s: %d of %d failed", protocol, s.Failed, s.Due)
		}
	}
}
