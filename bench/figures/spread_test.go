package figures

import (
	"testing"
	"time"

	"weighbridge/bench/record"
)

func TestSpread(t *testing.T) {
	between := func(latencies ...time.Duration) *record.Record {
		return one(arm("ab=a", 100, each(100*time.Millisecond, len(latencies))...), arm("ab=b", 100, latencies...))
	}
	// 2% to either side in turn, save for a burst.
	latencies := []time.Duration{}
	for range 8 {
		latencies = append(latencies, 98*time.Millisecond, 102*time.Millisecond)
	}
	latencies[3] = time.Second
	s := SpreadOf(between(latencies...), named(t, "p50"), "ab", "a", "b")
	near(t, "spread", &s.SD, 0.02049)
	if s.Values != 15 || s.Blocks != 16 || s.Bursts != 1 {
		t.Errorf("got %+v", s)
	}
	if got := SpreadOf(between(latencies[:5]...), named(t, "p50"), "ab", "a", "b"); got != nil {
		t.Errorf("5 blocks have the spread %+v", got)
	}
	if got := SpreadOf(between(latencies...), named(t, "tps"), "ab", "a", "b"); got != nil {
		t.Errorf("without closed load TPS has the spread %+v", got)
	}
	if got := SpreadOf(between(latencies[4:]...), named(t, "p99"), "ab", "a", "b"); got != nil {
		t.Errorf("12 blocks of 100 prompts, two groups at most, have the p99 spread %+v", got)
	}
}
