//go:build prove

package bench_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"weighbridge/bench"
	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/scenarios"
)

// The mock with 4 slots of 20 ms each serves 200 requests/s; the search finds it within 3%.
func TestProveCapacity(t *testing.T) {
	const slots, service, want = 4, 20 * time.Millisecond, 200.0
	config := mockserver.DefaultConfig()
	config.Seed, config.Slots, config.Latency.Request = 1, slots, dist.Duration{Constant: service}
	mock, err := mockserver.New(config, mockserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(mock)
	defer server.Close()
	t.Setenv("CAPACITY_KEY", "key")
	s, err := scenarios.Parse("prove.yaml", []byte(`
name: prove
target: {dialect: article, url: "`+server.URL+`", auth: {scheme: apikey, key: "${env:CAPACITY_KEY}"}}
load: {warmup: 1s, drain: 2s, capacity: {from: 25, to: 1600, p99: 100ms, arrivals: constant}}
`), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := bench.Run(context.Background(), bench.Options{Scenario: s, Observe: func(bench.Progress) {}})
	if err != nil {
		t.Fatal(err)
	}
	c := rec.Arms[0].Capacity
	for _, p := range c.Probes {
		t.Logf("%.4g/s: held %v %s", p.RatePerS, p.Held, p.WhyNot)
	}
	if off := c.HeldPerS/want - 1; !c.Complete || !c.Confirmed || off < -0.03 || off > 0.03 {
		t.Errorf("the capacity is %v–%v/s, %.1f%% off %v", c.HeldPerS, c.FailedPerS, off*100, want)
	}
}
