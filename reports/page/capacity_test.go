package page

import (
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/answer"
	"weighbridge/reports/summary"
)

func TestCapacityAndRemark(t *testing.T) {
	late := record.Probe{RatePerS: 400, Late: true, WhyNot: "send lag"}
	for _, c := range []struct {
		name     string
		capacity *record.Capacity
		cell     string
		says     string // about what lies above
	}{
		{"found", recordtest.SearchedFor(190), "190.0", "response p99 412ms, over 300ms"},
		{"to itself held", &record.Capacity{Complete: true, Confirmed: true, HeldPerS: 3200, ToPerS: 3200}, "at least 3,200", "nothing failed up to 3,200/s"},
		{"from itself failed", &record.Capacity{Complete: true, Confirmed: true, FailedPerS: 50, Probes: []record.Probe{{RatePerS: 50, WhyNot: "slow"}}}, "under 50.00", "slow"},
		{"interrupted", &record.Capacity{HeldPerS: 100, FailedPerS: 200}, "100.0", "cut short after 0 probes"},
		{"interrupted at once", &record.Capacity{}, "–", "cut short"},
		{"unsettled", &record.Capacity{Complete: true, HeldPerS: 100, FailedPerS: 200}, "100.0", "NOT CONFIRMED"},
		{"a late generator", &record.Capacity{Complete: true, Confirmed: true, HeldPerS: 390, FailedPerS: 400, Probes: []record.Probe{late}}, "at least 390.0", "send lag"},
		{"too short", &record.Capacity{Complete: true, TooShort: "an answer takes about 3m0s"}, "–", "not searched for: an answer takes about 3m0s"},
		{"late from the first", &record.Capacity{Complete: true, Confirmed: true, FailedPerS: 400, Probes: []record.Probe{late}}, "–", "send lag"},
	} {
		if got := capacityOf(c.capacity).String(); got != c.cell {
			t.Errorf("%s: %s, want %s", c.name, got, c.cell)
		}
		if !strings.Contains(answer.WhyNotHigher(c.capacity), c.says) {
			t.Errorf("%s: %q does not say %q", c.name, answer.WhyNotHigher(c.capacity), c.says)
		}
	}
}

func TestObjectivesForStreamsAreShown(t *testing.T) {
	rec := recordtest.WithCapacities()
	for i := range rec.Arms {
		c := rec.Arms[i].Capacity
		c.Latencies = []record.Objective{{Metric: "ttft_p90", MaxMS: 800}, {Metric: "tpot_p50", MaxMS: 25}}
		for p := range c.Probes {
			c.Probes[p].Latencies = map[string]*float64{"ttft_p90": new(612.5), "tpot_p50": nil}
		}
	}
	if line := capacityLine(rec); !strings.Contains(line, "TTFT p90 at most 800 ms, TPOT p50 at most 25.0 ms") {
		t.Error(line)
	}
	if names := strings.Join(furtherLatencies(rec), " "); names != "ttft_p90 tpot_p50" {
		t.Error(names)
	}
	c := rec.Arms[0].Capacity
	if got := summary.HeldLatency(c, "ttft_p90"); got == nil || *got != 612.5 {
		t.Errorf("TTFT p90 at the capacity: %v", got)
	}
	if got := summary.HeldLatency(c, "tpot_p50"); got != nil {
		t.Errorf("an infinite TPOT p50 at the capacity: %v", *got)
	}
}
