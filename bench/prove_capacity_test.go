//go:build prove

package bench_test

import (
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
	rec := run(t, s)
	c := rec.Arms[0].Capacity
	for _, p := range c.Probes {
		t.Logf("%.4g/s: held %v %s", p.RatePerS, p.Held, p.WhyNot)
	}
	if off := c.HeldPerS/want - 1; !c.Complete || !c.Confirmed || off < -0.03 || off > 0.03 {
		t.Errorf("the capacity is %v–%v/s, %.1f%% off %v", c.HeldPerS, c.FailedPerS, off*100, want)
	}
}
