package tree

import (
	"testing"
	"time"
)

func TestDurationText(t *testing.T) {
	for text, want := range map[string]string{
		"0": "0s", "60s": "1m", "90s": "1m30s", "1h": "1h", "3600s5ms": "1h0m0.005s", "10m": "10m", "100h": "100h", "1.5s": "1.5s", "-60s": "-1m", "20s": "20s", "3610s": "1h0m10s",
	} {
		duration, err := time.ParseDuration(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := DurationText(duration); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}
