package figures

import (
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// Load that keeps to a rate limit and is held back by it shows what the limit allows.
func TestLimitBound(t *testing.T) {
	closed := func(requests int, held map[string]uint64) record.Arm {
		s := &record.Slice{DurationMS: 400, LimitWait: recordtest.Hist(recordtest.Repeat(time.Second, requests)...), HeldBy: held}
		return record.Arm{Blocks: []record.Block{{Complete: true, Closed: s}}, Load: record.Load{LimitShare: 0.8}}
	}
	for name, row := range map[string]struct {
		arm  record.Arm
		want string
	}{
		"kept to none":      {record.Arm{Blocks: []record.Block{{Closed: &record.Slice{}}, {}}}, ""},
		"none held back":    {closed(100, nil), ""},
		"few held back":     {closed(100, map[string]uint64{"a": 9}), ""},
		"many held back":    {closed(100, map[string]uint64{"a": 10}), "the rate limit a held back 10% of the requests (load.respect_limits.share 0.8)"},
		"the most frequent": {closed(100, map[string]uint64{"a": 10, "b": 70}), "the rate limit b held back 80%"},
		"by refusals":       {closed(100, map[string]uint64{"Retry-After": 70}), "a wait that the server asked for (Retry-After) held back 70%"},
	} {
		if got := LimitBound(&row.arm); (got == "") != (row.want == "") || !strings.Contains(got, row.want) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

// Open load that a rate limit makes late is not said to have been too much for the server.
func TestOpenLoadOverALimit(t *testing.T) {
	a := recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8)
	for i := range a.Blocks {
		s := a.Blocks[i].Open
		s.Behind, s.LimitWait, s.HeldBy = 0.5, recordtest.Hist(time.Second), map[string]uint64{"x-ratelimit-tokens": 1}
	}
	if why := FellBehind(&a); !strings.Contains(why, "the rate limit x-ratelimit-tokens held back 100%") || strings.Contains(why, "server") {
		t.Errorf("%q", why)
	}
	if tps, _ := TPS(&a); tps != nil {
		t.Errorf("TPS is %v", *tps)
	}
}
