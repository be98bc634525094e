package answer

import (
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

func TestCapacitiesAreComparedIfAllAreKnown(t *testing.T) {
	rec := recordtest.WithCapacities()
	want := "batching: the capacity of batch10 is 6.84× that of single (by search: no interval)."
	if got := strings.Join(capacityRatios(rec), "|"); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	rec.Arms[1].Capacity.FailedPerS = 0
	if got := capacityRatios(rec); len(got) != 0 {
		t.Errorf("at least 1,300 is compared: %q", got)
	}
	rec.Arms[1].Capacity = nil
	if got := capacityRatios(rec); len(got) != 0 {
		t.Errorf("no capacity is compared: %q", got)
	}
}

func TestBracketSaysWhatGaveWay(t *testing.T) {
	t.Parallel()
	late := record.Probe{RatePerS: 400, Late: true, WhyNot: "send lag p99 9ms: the generator was the limit"}
	for name, c := range map[string]struct {
		of   *record.Capacity
		want string
	}{
		"found":        {recordtest.SearchedFor(190), "190.0 prompts/s held, 193.8 did not: response p99 412ms, over 300ms"},
		"all held":     {&record.Capacity{Complete: true, Confirmed: true, HeldPerS: 3200, ToPerS: 3200}, "at least 3,200 prompts/s: nothing failed up to 3,200/s"},
		"none held":    {&record.Capacity{Complete: true, Confirmed: true, FailedPerS: 50, Probes: []record.Probe{{RatePerS: 50, WhyNot: "slow"}}}, "under 50.00 prompts/s: slow"},
		"late":         {&record.Capacity{Complete: true, Confirmed: true, HeldPerS: 390, FailedPerS: 400, Probes: []record.Probe{late}}, "at least 390.0 prompts/s; at 400.0 the generator was the limit: send lag p99 9ms"},
		"too short":    {&record.Capacity{Complete: true, TooShort: "an answer takes about 3m0s"}, "not searched for: an answer takes about 3m0s"},
		"nothing done": {&record.Capacity{}, "cut short after 0 probes"},
	} {
		if got := bracket(c.of); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	rec := recordtest.WithCapacities()
	if got := capacities(rec)[0]; got != "Capacity, batching=single: 190.0 prompts/s held, 193.8 did not: response p99 412ms, over 300ms." {
		t.Error(got)
	}
	for range 10 {
		rec.Arms = append(rec.Arms, record.Arm{Name: "more", Capacity: recordtest.SearchedFor(500)})
	}
	if got := capacities(rec); len(got) > 3 || !strings.HasPrefix(got[0], "Capacity, lowest of 12 arms, batching=single: 190.0") {
		t.Errorf("of twelve arms: %q", got)
	}
}
