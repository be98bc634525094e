package page

import (
	"math"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/reports/sides"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

func TestDeltaNeedsAnInterval(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		delta                   figures.Delta
		wantDelta, wantInterval string
	}{
		"more":          {figures.Delta{Ratio: new(1.082), Low: new(1.051), High: new(1.118)}, "+8.2%", "+5.1% to +12%"},
		"less":          {figures.Delta{Ratio: new(0.5), Low: new(0.4), High: new(0.6)}, "-50%", "-60% to -40%"},
		"noise":         {figures.Delta{Ratio: new(1.02), Low: new(0.99), High: new(1.05)}, "~", "-1.0% to +5.0%"},
		"touches 1":     {figures.Delta{Ratio: new(1.02), Low: new(1.0), High: new(1.05)}, "~", "0% to +5.0%"},
		"no interval":   {figures.Delta{Ratio: new(2.0)}, "~", "–"},
		"no number":     {figures.Delta{Ratio: new(math.Inf(1)), Low: new(1.1), High: new(math.Inf(1))}, "~", "–"},
		"nothing known": {figures.Delta{}, "~", "–"},
	} {
		d := sides.Compared{Deltas: []figures.Delta{c.delta}}.Finite().Deltas[0]
		delta, interval := table.Change{V: d.Ratio, Low: d.Low, High: d.High}.String(), table.ChangeInterval{Low: d.Low, High: d.High}.String()
		if delta != c.wantDelta || interval != c.wantInterval {
			t.Errorf("%s: %s, %s, want %s, %s", name, delta, interval, c.wantDelta, c.wantInterval)
		}
	}
}

func TestErrorsDifferInPoints(t *testing.T) {
	t.Parallel()
	errors := mustMetric(metric.ErrorRate)
	for name, c := range map[string]struct {
		of                      figures.ErrorDifference
		wantDelta, wantInterval string
	}{
		"all fail":    {figures.ErrorDifference{Difference: new(1.0), DifferenceLow: new(0.9936), DifferenceHigh: new(1.0)}, "+100.0", "+99.4 to +100.0"},
		"noise":       {figures.ErrorDifference{Difference: new(0.001), DifferenceLow: new(-0.002), DifferenceHigh: new(0.004)}, "~", "-0.2 to +0.4"},
		"no interval": {figures.ErrorDifference{Difference: new(1.0)}, "+100", "–"},
		"no failures": {figures.ErrorDifference{Difference: new(0.0)}, "~", "–"},
		"not known":   {figures.ErrorDifference{}, "~", "–"},
	} {
		d := figures.Delta{Metric: errors.Name, ErrorDifference: c.of}
		if delta, interval := changeOf(errors, d).String(), intervalOf(errors, d).String(); delta != c.wantDelta || interval != c.wantInterval {
			t.Errorf("%s: %s, %s, want %s, %s", name, delta, interval, c.wantDelta, c.wantInterval)
		}
	}
}

// A footnote that the base and the head share is referred to once.
func TestSharedFootnotes(t *testing.T) {
	var footnotes []string
	if got := references([]string{"few", "other", "few"}, &footnotes); got != "(1) (2)" || len(footnotes) != 2 {
		t.Errorf("%s, %q", got, footnotes)
	}
}
