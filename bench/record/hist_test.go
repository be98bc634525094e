package record

import (
	"encoding/json"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestHistQuantilesAreTrueToAThousandth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Int64Range(0, int64(time.Minute)), 1, 200).Draw(t, "values")
		h := NewHist()
		for _, v := range values {
			h.Record(time.Duration(v))
		}
		slices.Sort(values)
		for _, q := range []float64{0.5, 0.9, 0.99, 1} {
			rank := max(int(q*float64(len(values))+0.5), 1)
			want := float64(values[min(rank, len(values))-1])
			got := float64(h.Quantile(q))
			if math.Abs(got-want) > want/1000+float64(2*time.Microsecond) {
				t.Fatalf("quantile %v of %d values: %v, want %v", q, len(values), time.Duration(got), time.Duration(want))
			}
		}
	})
}

func TestHistSurvivesItsEncoding(t *testing.T) {
	h := NewHist()
	for i := range 1000 {
		h.Record(time.Duration(i) * 37 * time.Microsecond)
	}
	mean, p99, top := h.Mean(), h.Quantile(0.99), h.Max()
	raw, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	var back Hist
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	if back.Count() != 1000 || back.Mean() != mean || back.Quantile(0.99) != p99 || back.Max() != top {
		t.Errorf("read back %d, %v, %v, %v; wrote 1000, %v, %v, %v",
			back.Count(), back.Mean(), back.Quantile(0.99), back.Max(), mean, p99, top)
	}
	again, err := json.Marshal(&back)
	if err != nil || string(again) != string(raw) {
		t.Errorf("writing what was read gives other bytes (%v)", err)
	}
}

func TestHistEdges(t *testing.T) {
	h := NewHist()
	h.Record(-time.Second)
	h.Record(2 * time.Hour)
	if got := h.Quantile(0.1); got != 0 {
		t.Errorf("a negative duration is recorded as %v, want 0", got)
	}
	if got := h.Max(); got < time.Hour || got > time.Hour+4*time.Second {
		t.Errorf("two hours are recorded as %v, want the edge, an hour", got)
	}
	var none *Hist
	if none.Count() != 0 || none.Mean() != 0 || none.Quantile(0.5) != 0 || none.Max() != 0 {
		t.Error("a nil histogram is not empty")
	}
	if got := Merged(h, nil, h).Count(); got != 4 {
		t.Errorf("merging twice two and a nil gives %d", got)
	}
}

func TestHistRefusesWhatItDidNotWrite(t *testing.T) {
	for _, raw := range []string{`7`, `"not base64"`, `"AAAA"`, `{"a":1}`} {
		if err := json.Unmarshal([]byte(raw), &Hist{}); err == nil {
			t.Errorf("%s is read as a histogram", raw)
		}
	}
}
