package summary

import (
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

func TestCapacityWarnings(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*record.Capacity)
		want   string // empty if there is no warning
	}{
		"found":              {func(*record.Capacity) {}, ""},
		"too short":          {func(c *record.Capacity) { c.TooShort, c.Confirmed = "an answer takes 3m", false }, "not searched for: an answer takes 3m"},
		"grown":              {func(c *record.Capacity) { c.StepMS, c.AskedStepMS = 20000, 5000 }, "lasted 20s instead of load.capacity.step (5s)"},
		"few random prompts": {func(c *record.Capacity) { c.Arrivals = "poisson"; few(c, 40) }, "probes of 40 prompts each, so chance alone moves the rate they offered by ±16%"},
		"few even prompts":   {func(c *record.Capacity) { c.P99MS = 0; few(c, 40) }, ""},
		"not confirmed":      {func(c *record.Capacity) { c.Confirmed = false }, "its probes disagree"},
	} {
		c := recordtest.SearchedFor(1300)
		row.change(c)
		got := strings.Join(capacityWarnings(c), "|")
		if row.want == "" && got != "" || !strings.Contains(got, row.want) {
			t.Errorf("%s: %q, want %q", name, got, row.want)
		}
	}
}

func few(c *record.Capacity, due uint64) {
	for i := range c.Probes {
		c.Probes[i].Due, c.Probes[i].Answered = due, due
	}
}
