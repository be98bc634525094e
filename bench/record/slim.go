package record

import (
	"math"
	"time"

	"weighbridge/bench/record/reasons"
)

// Percentiles are a histogram's mean and percentiles in milliseconds, which a slim record
// keeps instead of the histogram.
type Percentiles struct {
	MeanMS float64 `json:"mean_ms"`
	P50MS  float64 `json:"p50_ms"`
	P90MS  float64 `json:"p90_ms"`
	P95MS  float64 `json:"p95_ms"`
	P99MS  float64 `json:"p99_ms"`
	P999MS float64 `json:"p999_ms"`
}

// PercentilesOf returns the percentiles of a histogram; nil for an empty one.
func PercentilesOf(h *Hist) *Percentiles {
	if h.Count() == 0 {
		return nil
	}
	h = Merged(h) // unpacked once
	at := func(q float64) float64 { return Milliseconds(h.Quantile(q)) }
	return &Percentiles{
		MeanMS: Milliseconds(h.Mean().Round(time.Microsecond)), // the precision of the others
		P50MS:  at(0.50), P90MS: at(0.90), P95MS: at(0.95), P99MS: at(0.99), P999MS: at(0.999),
	}
}

// Slim returns a copy of r without histograms, series and probes, and without the failures of the
// warm-up. The blocks' values and the totals remain, which suffice for a comparison with later runs. The copy shares memory with r.
func Slim(r *Record) *Record {
	slim := *r
	slim.Arms = make([]Arm, len(r.Arms))
	for i := range r.Arms {
		slim.Arms[i] = slimArm(&r.Arms[i])
	}
	return &slim
}

func slimArm(a *Arm) Arm {
	out := *a
	out.OverTime, out.LimitsOverTime, out.Failures = nil, nil, slimFailures(a.Failures)
	var all []*Hist
	out.Blocks = make([]Block, len(a.Blocks))
	for i, b := range a.Blocks {
		main := a.Main(&b)
		if main != nil && b.Complete {
			all = append(all, main.Response)
		}
		out.Blocks[i] = Block{Index: b.Index, Complete: b.Complete, Open: slimSlice(b.Open, main), Closed: slimSlice(b.Closed, main), Batch: slimSlice(b.Batch, main)}
	}
	if out.Percentiles == nil {
		out.Percentiles = PercentilesOf(Merged(all...))
	}
	if a.Capacity != nil {
		capacity := *a.Capacity
		capacity.Probes = []Probe{}
		out.Capacity = &capacity
	}
	if a.Ledger != nil {
		ledger := *a.Ledger
		ledger.Served = nil
		out.Ledger = &ledger
	}
	return out
}

// slimFailures keeps the most frequent kinds of failure of measured requests, without examples and without when
// they ended.
func slimFailures(all []reasons.Failure) (kept []reasons.Failure) {
	for _, f := range reasons.Top(all, reasons.Most) {
		if f.Phase != "warmup" {
			f.Example, f.OverTime = "", nil
			kept = append(kept, f)
		}
	}
	return kept
}

// slimSlice keeps percentiles only of the slice that the arm's latencies come from.
func slimSlice(s, main *Slice) *Slice {
	if s == nil {
		return nil
	}
	out := *s
	out.StartMS = math.Round(s.StartMS)
	switch {
	case s != main:
		out.Percentiles = nil
	case out.Percentiles == nil:
		out.Percentiles = PercentilesOf(s.Response)
	}
	for _, h := range out.Hists() {
		*h.Hist = nil
	}
	out.Parts, out.Server = nil, nil
	if auth, ok := s.Server["auth"]; ok { // which the cost of authentication is made of
		out.Server = map[string]Sum{"auth": auth}
	}
	if s.Conversations != nil {
		counts := *s.Conversations
		counts.Turns = nil
		out.Conversations = &counts
	}
	return &out
}
