package sketch

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Quantiles are those of the durations, to 2%, however the durations are spread over sketches and
// written and read between.
func TestQuantilesArePreciseToTwoPercent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.SliceOfN(rapid.Float64Range(0, math.Log(3.6e9)), 1, 200).Draw(t, "logs of µs")
		parts := []*Sketch{{}, {}, nil}
		var all []time.Duration
		for i, log := range micros {
			d := time.Duration(math.Exp(log) * 1000)
			all = append(all, d)
			parts[i%2].Add(d)
		}
		merged := Merged(Merged(parts[0], parts[1]), parts[2])
		text, err := merged.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var read Sketch
		if err := read.UnmarshalText(text); err != nil {
			t.Fatal(err)
		}
		slices.Sort(all)
		if read.Count() != uint64(len(all)) {
			t.Fatalf("%d durations of %d", read.Count(), len(all))
		}
		for _, q := range []float64{0, 0.5, 0.9, 0.99, 1} {
			want := all[max(int(math.Ceil(q*float64(len(all)))), 1)-1]
			if got := read.Quantile(q); math.Abs(float64(got-want)) > 0.0201*float64(want)+1 { // which is whole nanoseconds
				t.Fatalf("quantile %v is %v, want %v", q, got, want)
			}
		}
		if n := parts[0].Count() + parts[1].Count(); n != uint64(len(all)) {
			t.Fatalf("merging changed what was merged: %d durations", n)
		}
	})
}

func TestEmptyAndExtreme(t *testing.T) {
	t.Parallel()
	var none *Sketch
	if none.Count() != 0 || none.Quantile(0.5) != 0 || Merged(none, nil) != nil {
		t.Error("a nil sketch is not empty")
	}
	var s Sketch
	s.Add(-time.Second)
	s.Add(0)
	s.Add(100 * time.Hour)
	if low, high := s.Quantile(0), s.Quantile(1); low != time.Microsecond || high < 59*time.Minute || high > 61*time.Minute {
		t.Errorf("%v to %v", low, high)
	}
}

func FuzzSketchText(f *testing.F) {
	for _, text := range []string{"", "AQE", "AAEAAQ", "/////////w8B", "AQ", "!"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var s Sketch
		if s.UnmarshalText(text) != nil {
			return
		}
		s.Quantile(0.99)
		again, _ := Merged(&s, nil).MarshalText()
		var back Sketch
		if err := back.UnmarshalText(again); err != nil || back.Count() != s.Count() {
			t.Errorf("%q is read, and written as %q: %v", text, again, err)
		}
	})
}
