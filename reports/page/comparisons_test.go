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
