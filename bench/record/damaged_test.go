package record

import (
	"math"
	"strings"
	"testing"
)

// A series that is read may be damaged: one whose steps cannot become wide enough would be made
// coarse for ever.
func TestADamagedSeriesIsRefused(t *testing.T) {
	for _, c := range []struct {
		series Series
		want   string
	}{
		{Series{}, ""},
		{Series{1000, []Point{{AtMS: 0, Due: 1, Answered: 1}, {AtMS: 1000, Due: 2, Failed: 1, Own: 1}}}, ""},
		{Series{0, []Point{{}}}, "the step is 0 ms long"},
		{Series{5e-324, []Point{{}}}, "the step is 5e-324 ms long"},
		{Series{1000, []Point{{AtMS: -1000}}}, "the first point is at -1000 ms"},
		{Series{1000, []Point{{AtMS: 1000}, {AtMS: 1000}}}, "the point at 1000 ms follows one at 1000 ms"},
		{Series{1000, []Point{{Due: 1, Answered: 1, Failed: 1}}}, "more than the 1 due"},
		{Series{1000, []Point{{Due: 1, Failed: 1, Own: 2}}}, "more than the 1 that failed"},
		{Series{1000, []Point{{Due: 1, Answered: math.MaxUint64, Failed: 2}}}, "prompts are more than any run has"},
	} {
		err := c.series.check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.series, err, c.want)
		}
	}
}

func TestADamagedCapacityIsRefused(t *testing.T) {
	for _, c := range []struct {
		probe Probe
		want  string
	}{
		{Probe{RatePerS: 50, Due: 4, Answered: 1, Failed: 2, NeverSent: 1, CutOff: 1, Generator: 1}, ""},
		{Probe{RatePerS: 0}, "probe 0: 0 prompts/s cannot be offered"},
		{Probe{RatePerS: -1}, "probe 0: -1 prompts/s cannot be offered"},
		{Probe{RatePerS: 50, Due: 2}, "probe 0: 2 prompts were due, but 0 answered"},
		{Probe{RatePerS: 50, Due: 1, Failed: 1, CutOff: 1, Generator: 1}, "1 prompts failed, but 1 were cut off"},
	} {
		err := (&Capacity{Probes: []Probe{c.probe}}).check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %q", c.probe, err, c.want)
		}
	}
}
