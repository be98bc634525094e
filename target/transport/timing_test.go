package transport

import (
	"reflect"
	"testing"
	"time"

	"weighbridge/bench/bounds"
)

func TestParseServerTiming(t *testing.T) {
	for _, c := range []struct {
		header string
		want   []Timing
	}{
		{"", nil},
		{"total;dur=12.5", []Timing{{"total", 12500 * time.Microsecond}}},
		{"total;dur=1, auth;dur=0.250", []Timing{{"total", time.Millisecond}, {"auth", 250 * time.Microsecond}}},
		{`cache;desc="hit, fast", db;desc=x;dur=2`, []Timing{{"db", 2 * time.Millisecond}}},
		{"cpu;dur=abc,miss,;dur=", nil},
		{"cpu;dur=-1", nil},
		{"cpu;dur=NaN, net;dur=Inf", nil},
	} {
		if got := parseServerTiming(c.header); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %v, want %v", c.header, got, c.want)
		}
	}
}

func FuzzServerTiming(f *testing.F) {
	f.Add("total;dur=12.5, auth;dur=1")
	f.Add(";;dur=,,dur==1e400")
	f.Fuzz(func(t *testing.T, header string) {
		defer bounds.Check(t)()
		for _, timing := range parseServerTiming(header) {
			if timing.Duration < 0 {
				t.Errorf("%q gives %v", header, timing)
			}
		}
	})
}
