package answer

import (
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/reports/summary"
)

func compared(metric string, values ...float64) gate.Comparison {
	c := figures.Comparison{Metric: metric, Axis: "protocol", Base: "h1", Head: "h2"}
	if len(values) > 0 {
		c.Ratio = &values[0]
	}
	if len(values) > 1 {
		c.Low, c.High = &values[1], &values[2]
	}
	return gate.Comparison{Comparison: c}
}

func failingBy(values ...float64) gate.Comparison {
	c := compared("error_rate")
	c.Difference = &values[0]
	if len(values) > 1 {
		c.DifferenceLow, c.DifferenceHigh = &values[1], &values[2]
	}
	return c
}

func TestSentences(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name string
		of   []gate.Comparison
		want string
	}{
		{
			"both differ",
			[]gate.Comparison{compared("tps", 5.12, 4.9, 5.33), compared("p90", 1.84, 1.7, 1.99)},
			"protocol: the p90 response latency of h2 is 1.84× that of h1 (95% interval 1.70–1.99); it carries 5.12× the TPS (95% interval 4.90–5.33).",
		},
		{
			"neither",
			[]gate.Comparison{compared("tps", 1, 0.9, 1.1), compared("p90", 1.01, 0.95, 1.1)},
			"protocol: no difference between h2 and h1 could be told apart from noise in p90 response latency (1.01×, 95% interval 0.95–1.10), in TPS (1.00×, 95% interval 0.90–1.10).",
		},
		{
			"latency alone",
			[]gate.Comparison{compared("tps", 1, 0.9, 1.1), compared("p90", 1.2, 1.1, 1.3)},
			"protocol: the p90 response latency of h2 is 1.20× that of h1 (95% interval 1.10–1.30); no difference could be told apart from noise in TPS (1.00×, 95% interval 0.90–1.10).",
		},
		{
			"few blocks",
			[]gate.Comparison{compared("tps", 1.2), compared("p90", 0.8)},
			"protocol: the p90 response latency of h2 is 0.80× that of h1; it carries 1.20× the TPS (too few blocks for intervals).",
		},
		{
			"p50 where there is no p90",
			[]gate.Comparison{compared("tps"), compared("p90"), compared("p50", 0.8, 0.7, 0.9)},
			"protocol: the p50 response latency of h2 is 0.80× that of h1 (95% interval 0.70–0.90).",
		},
		{
			"TTFT before latency",
			[]gate.Comparison{compared("p90", 2, 1.9, 2.1), compared("ttft_p50", 0.5, 0.4, 0.6)},
			"protocol: the median TTFT of h2 is 0.50× that of h1 (95% interval 0.40–0.60); its p90 response latency is 2.00× (95% interval 1.90–2.10).",
		},
		{
			"errors first",
			[]gate.Comparison{compared("p90", 2, 1.9, 2.1), failingBy(0.2, 0.183, 0.217)},
			"protocol: h2 fails 20 percentage points more of its prompts than h1 (95% interval 18 to 22); its p90 response latency is 2.00× (95% interval 1.90–2.10).",
		},
		{
			"fewer errors",
			[]gate.Comparison{compared("p90"), failingBy(-0.2, -0.217, -0.183)},
			"protocol: h2 fails 20 percentage points fewer of its prompts than h1 (95% interval 18 to 22).",
		},
		{
			"errors in few blocks",
			[]gate.Comparison{compared("p90"), failingBy(1)},
			"protocol: h2 fails 100 percentage points more of its prompts than h1 (too few blocks for an interval).",
		},
		{
			"an interval of errors alone",
			[]gate.Comparison{compared("p90", 2), failingBy(0.2, 0.183, 0.217)},
			"protocol: h2 fails 20 percentage points more of its prompts than h1 (95% interval 18 to 22); its p90 response latency is 2.00× (too few blocks for an interval).",
		},
		{
			"errors alike",
			[]gate.Comparison{compared("p90", 2, 1.9, 2.1), failingBy(0.001, -0.003, 0.005)},
			"protocol: the p90 response latency of h2 is 2.00× that of h1 (95% interval 1.90–2.10); no difference could be told apart from noise in errors (+0.1 percentage points, 95% interval -0.3 to +0.5).",
		},
		{"nothing", []gate.Comparison{compared("tps"), compared("p90")}, "protocol: too little was answered to compare h2 and h1."},
	}
	arms := []summary.Arm{{Levels: map[string]string{"protocol": "h1"}, Rates: summary.Rates{ErrorRate: new(0.1)}}}
	for _, c := range cases {
		rows := summary.Pooled(c.of)
		if len(rows) != 1 {
			t.Fatalf("%s: %d rows", c.name, len(rows))
		}
		if got := sentence(rows[0], arms); got != c.want {
			t.Errorf("%s: %q\nwant %q", c.name, got, c.want)
		}
	}
}
