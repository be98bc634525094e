package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"pgregory.net/rapid"
)

func TestHistQuantilesAreAccurateToAThousandth(t *testing.T) {
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

func TestHistIsDecodedAsEncoded(t *testing.T) {
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
		t.Errorf("encoding what was decoded gives other bytes (%v)", err)
	}
}

// An open, a packed, a decoded and a merged histogram give the same figures, and are encoded
// as the same bytes as the library's dense histogram.
func TestPackedHistIsTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dense, open, packed := hdrhistogram.New(histLowest, histHighest, histDigits), NewHist(), NewHist()
		for _, v := range rapid.SliceOfN(rapid.Int64Range(0, histHighest), 0, 100).Draw(t, "values") {
			for range rapid.IntRange(1, 300).Draw(t, "times") {
				_ = dense.RecordValue(v)
				open.Record(time.Duration(v) * time.Microsecond)
				packed.Record(time.Duration(v) * time.Microsecond)
			}
		}
		packed.pack()
		written, err := dense.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
		if err != nil {
			t.Fatal(err)
		}
		var read Hist
		if err := read.UnmarshalText(written); err != nil {
			t.Fatal(err)
		}
		for name, h := range map[string]*Hist{"open": open, "packed": packed, "read": &read, "merged": Merged(packed, &Hist{}, nil)} {
			text, err := h.MarshalText()
			if err != nil || string(text) != string(written) {
				t.Errorf("%s: it is encoded as %s, want %s (%v)", name, text, written, err)
			}
			if h.Count() != open.Count() || h.Mean() != open.Mean() || h.Quantile(0.9) != open.Quantile(0.9) || h.Max() != open.Max() {
				t.Errorf("%s: %d of mean %v, p90 %v, max %v", name, h.Count(), h.Mean(), h.Quantile(0.9), h.Max())
			}
		}
	})
}

// Merging histograms with larger counts than any run has would overflow.
func TestHistRejectsExcessiveCounts(t *testing.T) {
	for n, accepted := range map[int64]bool{maxCount: true, maxCount + 1: false, math.MaxInt64: false} {
		h := newLive()
		if err := errors.Join(h.RecordValues(7, n-1), h.RecordValue(8)); err != nil {
			t.Fatal(err)
		}
		text, err := h.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if err := new(Hist).UnmarshalText(text); (err == nil) != accepted {
			t.Errorf("%d durations: %v", n, err)
		}
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
		t.Errorf("merging two histograms of two with a nil gives %d durations", got)
	}
}

func TestHistRejectsOtherEncodings(t *testing.T) {
	for _, raw := range []string{`7`, `"not base64"`, `"AAAA"`, `{"a":1}`} {
		if err := json.Unmarshal([]byte(raw), &Hist{}); err == nil {
			t.Errorf("%s is read as a histogram", raw)
		}
	}
}

// Durations are counted in spans first, and then by the library: the result is that of the library.
func TestFreshDurationsAreCountedAsTheLibraryDoes(t *testing.T) {
	got, want := NewHist(), newLive()
	for bit := range 33 {
		for _, v := range []int64{1<<bit - 2, 1<<bit - 1, 1 << bit, 1<<bit + 1, 1<<bit + 1<<bit/2, 1<<bit + 1<<bit/3} {
			d := time.Duration(v) * time.Microsecond
			got.Record(d + 400)
			if err := want.RecordValue(min(max(v, 0), histHighest)); err != nil {
				t.Fatal(err)
			}
		}
	}
	got.Record(math.MaxInt64)
	got.Record(math.MinInt64)
	if err := errors.Join(want.RecordValue(histHighest), want.RecordValue(0)); err != nil {
		t.Fatal(err)
	}
	gotText, gotErr := got.MarshalText()
	wantText, wantErr := want.Encode()
	if !bytes.Equal(gotText, wantText) || gotErr != nil || wantErr != nil {
		t.Errorf("%s, want %s; %v, %v", gotText, wantText, gotErr, wantErr)
	}
}

// A histogram is written byte for byte as the library writes it.
func TestHistIsWrittenAsTheLibraryDoes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 5))
	all := []*Hist{nil, NewHist()}
	for _, us := range []time.Duration{0, 1, 2, 1023, 1024, 1025, 2046, 2047, 2048, 2049, 4095, 4096, time.Hour / time.Microsecond} {
		h := NewHist()
		h.Record(us * time.Microsecond)
		all = append(all, h)
	}
	for n := range 60 {
		h := NewHist()
		for range 1 << (n % 12) {
			d := time.Duration(math.Exp(rng.Float64()*float64(1+n%22)) * float64(time.Microsecond))
			for range 1 + rng.IntN(3) {
				h.Record(d)
			}
		}
		if n%2 == 0 {
			h.pack()
		}
		all = append(all, h)
	}
	for i, h := range all {
		got, err := h.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		want, err := h.read().Encode()
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != string(want) {
			t.Errorf("histogram %d is written as\n%s\nand by the library as\n%s", i, got, want)
		}
	}
}
