package bench_test

import (
	"testing"

	"weighbridge/scenarios"
	"weighbridge/target"
)

// A stream that fails has status 200 all the same: record and ledger must both count its
// fault. The http dialect, which the mock does not speak, judges the streams by their text.
func TestLedgerCountsStreamFaults(t *testing.T) {
	s, err := scenarios.Parse("streams.yaml", []byte(`
name: streams
target:
  dialect: http
  url: https://127.0.0.1:1
  http:
    path: /v1/messages
    headers: {Anthropic-Version: "2023-06-01"}
    body: '{"model": "mock-model", "max_tokens": 8, "stream": true, "messages": [{"role": "user", "content": {{json .Prompt}}}]}'
    success: status == 200 && body contains "message_stop"
load: {warmup: 20ms, drain: 20s, open: {rate: 100, arrivals: constant, duration: 300ms}}
mock: {latency: {request: 1ms, output_token: 1ms}}
matrix:
  protocol:
    h1: {client.protocol: http/1.1}
    h2: {client.protocol: http/2}
  fault:
    none: {mock.faults.stream_error: 0}
    stream_error: {mock.faults.stream_error: 0.5}
    truncate_stream: {mock.faults.truncate_stream: 0.5}
`), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	s.Target.URL, s.Target.Auth.Scheme = target.Mock, "apikey"
	s.Expand()
	for _, arm := range run(t, s).Arms {
		fault, open := arm.Levels["fault"], arm.Blocks[0].Open
		dealt := arm.Ledger.Faults[fault]
		if open.Answered == 0 || open.Failed > dealt || open.Errors[string(target.Contract)] != open.Failed || (open.Failed > 0) != (fault != "none") {
			t.Errorf("%s: %d answered, %d failed with %v, the mock injected %d faults", arm.Name, open.Answered, open.Failed, open.Errors, dealt)
		}
		if fault == "none" && open.LatencyError.Count() != open.Attempts {
			t.Errorf("%s: %d of %d streams report how long they took", arm.Name, open.LatencyError.Count(), open.Attempts)
		}
	}
}
