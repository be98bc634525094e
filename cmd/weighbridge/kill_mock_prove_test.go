//go:build prove

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestThirtyKilledMocks kills the mocks of 30 runs at random moments after the first
// block: 30 records, each whole, and no process left behind.
func TestThirtyKilledMocks(t *testing.T) {
	dir := t.TempDir()
	for name, restart := range map[string]string{"one mock": "0", "a mock for each block": "1"} {
		out := filepath.Join(dir, "restart-"+restart)
		write(t, filepath.Join(dir, "killed.yaml"), killedScenario)
		stopped, err := killMocksOf(dir, out, 15, []string{"weighbridge", "run", "killed.yaml", "--set", "experiment.restart_every=" + restart})
		if err != nil {
			t.Error(err)
		}
		records, err := filepath.Glob(filepath.Join(out, "*", "record.json"))
		if err != nil || len(records) != 15 {
			t.Errorf("%s: %d records of 15 runs; %v", name, len(records), err)
		}
		for _, why := range stopped {
			t.Logf("%s: %s", name, why)
		}
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
	}
}

const killedScenario = `name: killed
target: {dialect: article, auth: {scheme: oauth}}
load:
  warmup: 100ms
  drain: 200ms
  open: {rate: 50, duration: 100ms}
  closed: {in_flight: 4, duration: 50ms, ramp: 10ms}
experiment: {blocks: 1000}
mock: {latency: {request: 2ms}}
matrix:
  protocol:
    h1: {client.protocol: http/1.1}
    h2: {client.protocol: http/2}
`
