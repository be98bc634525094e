package figures

import (
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

func TestSpread(t *testing.T) {
	between := func(latencies ...time.Duration) *record.Record {
		return recordtest.AB(recordtest.Steady("ab=a", 100, 100*time.Millisecond, len(latencies)), recordtest.Arm("ab=b", 100, latencies...))
	}
	// 2% to either side in turn, save for a burst.
	latencies := []time.Duration{}
	for range 8 {
		latencies = append(latencies, 98*time.Millisecond, 102*time.Millisecond)
	}
	latencies[3] = time.Second
	s := SpreadOf(between(latencies...), recordtest.Metric(t, "p50"), "ab", "a", "b")
	recordtest.ExpectNear(t, "spread", &s.SD, 0.02049)
	if s.Values != 15 || s.Blocks != 16 || s.Bursts != 1 {
		t.Errorf("got %+v", s)
	}
	if got := SpreadOf(between(latencies[:5]...), recordtest.Metric(t, "p50"), "ab", "a", "b"); got != nil {
		t.Errorf("5 blocks have the spread %+v", got)
	}
	if got := SpreadOf(between(latencies...), recordtest.Metric(t, "tps"), "ab", "a", "b"); got != nil {
		t.Errorf("without closed load TPS has the spread %+v", got)
	}
	if got := SpreadOf(between(latencies[4:]...), recordtest.Metric(t, "p99"), "ab", "a", "b"); got != nil {
		t.Errorf("12 blocks of 100 prompts, two groups at most, have the p99 spread %+v", got)
	}
	rec := between(latencies...)
	silence(&rec.Arms[1], openSlice, 2)
	if got := SpreadOf(rec, recordtest.Metric(t, "p50"), "ab", "a", "b"); got != nil {
		t.Errorf("with a block that one side did not answer p50 has the spread %+v", got)
	}
}
