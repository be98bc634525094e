package answer

import (
	"slices"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/reports/sides"
)

func TestComparedSaysErrorsFirst(t *testing.T) {
	t.Parallel()
	ratio := func(arm, metric string, v, low, high, p float64) figures.Delta {
		return figures.Delta{Arm: arm, Metric: metric, Old: new(10.0), New: new(10 * v), Ratio: &v, Low: &low, High: &high, P: &p}
	}
	errors := func(arm string, old, now, low, high float64) figures.Delta {
		return figures.Delta{Arm: arm, Metric: "error_rate", Old: &old, New: &now, ErrorDifference: figures.ErrorDifference{Difference: new(now - old), DifferenceLow: &low, DifferenceHigh: &high}}
	}
	few := figures.Delta{Arm: "a", Metric: "tps", Ratio: new(1.2)}
	for name, c := range map[string]struct {
		deltas []figures.Delta
		want   []string
	}{
		"nothing": {nil, nil},
		"one arm": {
			[]figures.Delta{ratio("all", "tps", 0.8, 0.7, 0.9, 0.001), ratio("all", "p90", 1.25, 1.2, 1.3, 0.001), errors("all", 0.001, 0.021, 0.01, 0.03)},
			[]string{
				"Errors: the head fails more prompts (+2.0 percentage points, from 0.10% to 2.1%, 95% interval +1.0 to +3.0).",
				"p90 response latency: the head is slower (1.25×, 95% interval 1.20–1.30).",
				"TPS: the head carries less (0.80×, 95% interval 0.70–0.90).",
			},
		},
		"no errors are no sentence": {
			[]figures.Delta{errors("all", 0, 0, 0, 0), ratio("all", "p90", 1.01, 0.9, 1.1, 0.8)},
			[]string{"p90 response latency: no difference could be told apart from noise (1.01×, 95% interval 0.90–1.10)."},
		},
		"several arms": {
			[]figures.Delta{ratio("a", "p90", 1.25, 1.2, 1.3, 0.001), ratio("b", "p90", 1.5, 1.2, 1.9, 0.002), ratio("c", "p90", 0.9, 0.85, 0.95, 0.001), ratio("d", "p90", 1, 0.9, 1.1, 0.9)},
			[]string{"p90 response latency: the head is slower in 2 of 4 arms, most in b (1.50×, 95% interval 1.20–1.90); the head is faster in 1 of 4 arms, c (0.90×, 95% interval 0.85–0.95); in 1 no difference could be told apart from noise."},
		},
		// Of many arms the largest difference of noise alone is often past 5%.
		"the largest of several needs more": {
			[]figures.Delta{ratio("a", "p90", 1.25, 1.01, 1.5, 0.04), ratio("b", "p90", 1.01, 0.9, 1.1, 0.8)},
			[]string{"p90 response latency: no difference could be told apart from noise in any of 2 arms; the largest is that of a (1.25×, 95% interval 1.01–1.50); of 2 arms, one may look different by chance."},
		},
		"streams": {
			[]figures.Delta{ratio("all", "p90", 1, 0.9, 1.1, 0.9), ratio("all", "ttft_p50", 0.5, 0.4, 0.6, 0.001)},
			[]string{"Median TTFT: the head is faster (0.50×, 95% interval 0.40–0.60).", "p90 response latency: no difference could be told apart from noise (1.00×, 95% interval 0.90–1.10)."},
		},
		"the median where there is no p90": {
			[]figures.Delta{{Arm: "all", Metric: "p90"}, ratio("all", "p50", 2, 1.9, 2.1, 0.001)},
			[]string{"p50 response latency: the head is slower (2.00×, 95% interval 1.90–2.10)."},
		},
		"too few blocks": {[]figures.Delta{few}, []string{"TPS: no difference could be told apart from noise (1.20×, too few blocks for an interval)."}},
	} {
		if got := Compared(sides.Compared{Deltas: c.deltas}); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%q\nwant\n%q", name, got, c.want)
		}
	}
}
