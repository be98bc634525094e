//go:build prove

package bench_test

import (
	"fmt"
	"testing"

	"weighbridge/scenarios"
)

// The mock with 4 slots of 20 ms each serves 200 requests/s; the search finds it within 3%.
func TestProveCapacity(t *testing.T) {
	const want = 200.0
	s, err := scenarios.Parse("prove.yaml", []byte(`
name: prove
target: {dialect: article}
client: {protocol: h2c}
load: {warmup: 1s, drain: 2s, capacity: {from: 25, to: 1600, p99: 100ms, arrivals: constant}}
mock: {slots: 4, latency: {request: 20ms}}
`), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	inOneRound(t, func() (wrong []string) {
		c := run(t, s).Arms[0].Capacity
		for _, p := range c.Probes {
			t.Logf("%.4g/s: held %v %s", p.RatePerS, p.Held, p.WhyNot)
		}
		off := c.HeldPerS/want - 1
		if off > 0.03 { // in no round
			t.Errorf("the capacity is %v/s, %.1f%% more than the mock can answer", c.HeldPerS, off*100)
		}
		if !c.Complete || !c.Confirmed || off < -0.03 {
			wrong = append(wrong, fmt.Sprintf("the capacity is %v–%v/s, %.1f%% off %v", c.HeldPerS, c.FailedPerS, off*100, want))
		}
		return wrong
	})
}
