package format

import "testing"

// A ratio and its interval have as many decimals, but for a bound so far off that they would say nothing.
func TestRatioHasLikeDigits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ratio, low, high float64
		text, interval   string
	}{
		{4.5, 4.36, 4.63, "4.50", "4.36–4.63"},
		{9.98, 9.4, 10.594, "9.98", "9.40–10.59"},
		{12.34, 11.87, 13.1, "12.3", "11.9–13.1"},
		{1234.5, 1100, 1300, "1,234", "1,100–1,300"},
		{0.123, 0.1, 0.15, "0.123", "0.100–0.150"},
		{1.0449, 1.0021, 1.089, "1.045", "1.002–1.089"},
		{4.19, 0.02, 719.86, "4.19", "0.02–720"},
		{0.5, 0.01, 52.2, "0.50", "0.01–52.2"},
	} {
		if text, interval := Ratio(&c.ratio, &c.low, &c.high); text != c.text || interval != c.interval {
			t.Errorf("%v (%v to %v): %s (%s), want %s (%s)", c.ratio, c.low, c.high, text, interval, c.text, c.interval)
		}
	}
}
