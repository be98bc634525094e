package page

import (
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/table"
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

func TestRatio(t *testing.T) {
	cases := []struct {
		c    gate.Comparison
		want string
	}{
		{compared("tps"), "–"},
		{compared("tps", 5.123), "5.12"},
		{compared("tps", 0.97, 0.931, 1.021), "0.97 (0.93–1.02)"},
		{compared("tps", 0.2, 0.19, 0.21), "0.200 (0.190–0.210)"},
		{compared("tps", 1.006, 1.002, 1.011), "1.006 (1.002–1.011)"}, // two decimals would put 1 inside
		{compared("error_rate", 0), "0.00"},
		{compared("error_rate", 121.8), "122"},
		{compared("p50", 12.34, 11.1, 13.2), "12.3 (11.1–13.2)"},
	}
	for _, c := range cases {
		if got := (table.Ratio{V: c.c.Ratio, Low: c.c.Low, High: c.c.High}).String(); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
	}
}

func TestSentences(t *testing.T) {
	cases := []struct {
		name         string
		tps, latency gate.Comparison
		want         string
	}{
		{
			"both differ", compared("tps", 5.12, 4.9, 5.33), compared("p90", 1.84, 1.7, 1.99),
			"protocol: h2 carries 5.12× the TPS of h1 (95% interval 4.90–5.33); its p90 response latency is 1.84× (95% interval 1.70–1.99).",
		},
		{
			"neither", compared("tps", 1, 0.9, 1.1), compared("p90", 1.01, 0.95, 1.1),
			"protocol: no difference between h2 and h1 could be told apart from noise, in TPS (1.00×, 95% interval 0.90–1.10) or in p90 response latency (1.01×, 95% interval 0.95–1.10).",
		},
		{
			"latency alone", compared("tps", 1, 0.9, 1.1), compared("p90", 1.2, 1.1, 1.3),
			"protocol: no difference in TPS between h2 and h1 could be told apart from noise (1.00×, 95% interval 0.90–1.10); the p90 response latency of h2 is 1.20× that of h1 (95% interval 1.10–1.30).",
		},
		{
			"TPS alone", compared("tps", 1.2, 1.1, 1.3), compared("p90", 1, 0.9, 1.1),
			"protocol: h2 carries 1.20× the TPS of h1 (95% interval 1.10–1.30); no difference in p90 response latency between h2 and h1 could be told apart from noise (1.00×, 95% interval 0.90–1.10).",
		},
		{
			"few blocks", compared("tps", 1.2), compared("p90", 0.8),
			"protocol: h2 carries 1.20× the TPS of h1; its p90 response latency is 0.80× (too few blocks for intervals).",
		},
		{
			"open load only", compared("tps"), compared("p90", 0.8, 0.7, 0.9),
			"protocol: the p90 response latency of h2 is 0.80× that of h1 (95% interval 0.70–0.90).",
		},
		{
			"no p90", compared("tps", 1.2, 1.1, 1.3), compared("p90"),
			"protocol: h2 carries 1.20× the TPS of h1 (95% interval 1.10–1.30).",
		},
		{"nothing", compared("tps"), compared("p90"), "protocol: too little was answered to compare h2 and h1."},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := sentences([]gate.Comparison{c.tps, compared("p50"), c.latency})
			if len(got) != 1 || got[0] != c.want {
				t.Errorf("%q\nwant %q", got, c.want)
			}
		})
	}
}

func TestSchedule(t *testing.T) {
	for _, row := range []struct {
		load record.Load
		want string
	}{
		{record.Load{Arrivals: "poisson"}, "poisson"}, // of records before there were shapes
		{record.Load{Arrivals: "constant", Shape: "flat"}, "constant"},
		{record.Load{Arrivals: "gamma", Burstiness: 2.5, Shape: "flat"}, "gamma of burstiness 2.5"},
		{record.Load{Arrivals: "poisson", Shape: "sine of ±50% in 5s"}, "poisson, sine of ±50% in 5s"},
	} {
		if got := schedule(row.load); got != row.want {
			t.Errorf("%+v: got %q, want %q", row.load, got, row.want)
		}
	}
}
