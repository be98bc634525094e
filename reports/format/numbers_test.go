package format

import (
	"testing"

	"weighbridge/scenarios/metric"
)

func TestSignificant(t *testing.T) {
	cases := []struct {
		v      float64
		digits int
		want   string
	}{
		{0, 3, "0"},
		{0.0312, 3, "0.0312"},
		{1.2345, 3, "1.23"},
		{98.04, 3, "98.0"},
		{340.2, 3, "340"},
		{1234.5, 3, "1,234"},
		{128.44, 4, "128.4"},
		{12345678, 4, "12,345,678"},
		{-1234567, 4, "-1,234,567"},
		{-123, 3, "-123"},
	}
	for _, c := range cases {
		if got := Significant(c.v, c.digits); got != c.want {
			t.Errorf("Significant(%v, %d) = %s, want %s", c.v, c.digits, got, c.want)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0%", 0.003: "0.30%", 0.00004: "0.0040%", 0.012: "1.2%", 0.1234: "12.3%", 1: "100%"} {
		if got := Percent(&share); got != want {
			t.Errorf("Percent(%v) = %s, want %s", share, got, want)
		}
	}
	if got := Percent(nil); got != "–" {
		t.Errorf("an unknown share is %s", got)
	}
}

// The figure of an expression has as many decimals as its bounds.
func TestMeasuredOfExpressions(t *testing.T) {
	for _, c := range []struct {
		value, low, high float64
		want             string
	}{
		{0, 0, 0.00101, "0 (0–0.00101)"},
		{0, 0, 0, "0 (0–0)"},
		{0.00281, 0.00021, 0.00542, "0.00281 (0.00021–0.00542)"},
		{6.07, 6.03, 6.114, "6.07 (6.03–6.11)"},
		{12345, 12000, 13000, "12,345 (12,000–13,000)"},
		{0.4, -0.2, 1, "0.400 (-0.200 to 1.000)"},
	} {
		if got := Measured(metric.Metric{}, &c.value, &c.low, &c.high, nil); got != c.want {
			t.Errorf("%v (%v, %v) is printed %q, want %q", c.value, c.low, c.high, got, c.want)
		}
	}
}

func TestPartOf(t *testing.T) {
	for _, c := range []struct {
		part, whole float64
		want        string
	}{
		{0, 10, "0"},
		{12.34, 100, "12.3 (12.3%)"},
		{0.05, 1, "0.050 (5.0%)"},
		{0.1, 100, "0.100 (0.10%)"},
		{0.0301, 44, "0.030 (<0.1%)"},
		{0.0004, 44, "<0.001 (<0.1%)"},
		{0.0004, 0.001, "<0.001 (40.0%)"},
		{-0.01, 1, "-0.010 (-1.0%)"}, // more parts than whole would be our fault, and seen
	} {
		if got := PartOf(c.part, c.whole); got != c.want {
			t.Errorf("%v of %v is %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

// A failed prompt counts as infinite in rules: where such prompts decide, the figure says so.
func TestMeasuredDecidedByFailures(t *testing.T) {
	for _, c := range []struct {
		value, low *float64
		want       string
	}{
		{nil, nil, "∞ (3.6% failed)"},
		{nil, new(94.3), "∞ (3.6% failed)"},
		{new(94.31), new(90.12), "94.3 (90.1–∞, 3.6% failed)"},
		{new(94.31), nil, "94.3 (?–∞, 3.6% failed)"},
	} {
		if got := Measured(metric.Metric{}, c.value, c.low, nil, new(0.036)); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
	if got := Measured(metric.Metric{}, nil, nil, nil, nil); got != Unknown {
		t.Errorf("a figure that is not known is %s", got)
	}
}
