package gate

import (
	"testing"

	"weighbridge/bench/record/recordtest"
)

func TestEffectsInUnits(t *testing.T) {
	for share, want := range map[float64]string{0.05: "5%", 0.123: "12%", 0.994: "99%", 0.996: "100%", 1.07: "107%", 12.3: "1230%"} {
		if got := (&hypothesis{metric: recordtest.Metric(t, "p50")}).inUnits(share); got != want {
			t.Errorf("%v is %s, want %s", share, got, want)
		}
	}
}
