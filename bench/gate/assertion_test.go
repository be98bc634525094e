package gate

import "testing"

func TestLevel(t *testing.T) {
	for alpha, want := range map[float64]string{0.05: "90%", 0.01: "98%", 0.002: "99.6%", 0.005 / 35: "99.971%", 0.002 / 2000: "99.9998%"} {
		if got := level(alpha); got != want {
			t.Errorf("bounds of %v each: %s, expected %s", alpha, got, want)
		}
	}
}
