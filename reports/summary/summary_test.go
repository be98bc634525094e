package summary_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/reportstest"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

func TestSummaryFigures(t *testing.T) {
	t.Parallel()
	sh := recordtest.Matrix()
	sh.Samples = map[string][]time.Duration{}
	rec := recordtest.Record(sh)
	arm := (&summary.Judged{Record: rec}).Summary().Arms[0]
	open, closed := uint64(0), uint64(0)
	for _, b := range rec.Arms[0].Blocks {
		open += b.Open.Due
		closed += b.Closed.InWindow
	}
	if arm.Due != open || arm.Due != arm.Answered+arm.Failed+arm.NeverSent {
		t.Errorf("due %d, answered %d, failed %d, never sent %d; open slices had %d due", arm.Due, arm.Answered, arm.Failed, arm.NeverSent, open)
	}
	near := func(what string, got *float64, want float64) {
		t.Helper()
		if got == nil {
			t.Errorf("%s is unknown, want %v", what, want)
		} else if math.Abs(*got-want) > 1e-9*want {
			t.Errorf("%s = %v, want %v", what, *got, want)
		}
	}
	near("tps", arm.TPS, float64(closed)/(7*0.4))
	near("offered", arm.Offered, 100)
	near("error rate", arm.ErrorRate, float64(arm.Failed)/1400)
	// 14 ms for two tokens, each good for 3570 s, at 100 requests/s.
	near("client auth", arm.Auth.Client, 7.0/(100*3570))
	near("server auth", arm.Auth.Server, 0.2)
	near("sent", arm.Wire.Sent, 1000)
	if *arm.TPSFrom != "closed" {
		t.Errorf("TPS from %s", *arm.TPSFrom)
	}
	for _, a := range (&summary.Judged{Record: rec}).Summary().Arms {
		samples := sh.Samples[a.Arm]
		slices.Sort(samples)
		for q, got := range map[float64]float64{0.5: a.Response.P50, 0.9: a.Response.P90, 0.95: a.Response.P95, 0.99: a.Response.P99, 0.999: a.Response.P999, 1: *a.Response.Max} {
			want := record.Milliseconds(samples[int(math.Round(q*float64(len(samples))))-1])
			if math.Abs(got-want) > 0.001*want+0.001 {
				t.Errorf("%s: quantile %v is %v ms, the samples say %v", a.Arm, q, got, want)
			}
		}
	}
}

// The duration of a slice that was cut short is unknown: its prompts count, its rates do not.
func TestPartialBlocksCountButGiveNoRates(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Matrix())
	before := (&summary.Judged{Record: rec}).Summary().Arms[0]
	last := &rec.Arms[0].Blocks[6]
	last.Complete, last.Closed.InWindow = false, last.Closed.InWindow/10
	last.Open.Due, last.Open.NeverSent = last.Open.Due+50, 50
	after := (&summary.Judged{Record: rec}).Summary().Arms[0]
	if after.Due != before.Due+50 || after.NeverSent != 50 || *after.Offered != 100 {
		t.Errorf("due %d, never sent %d, offered %v", after.Due, after.NeverSent, *after.Offered)
	}
	if math.Abs(*after.TPS / *before.TPS - 1) > 0.02 {
		t.Errorf("TPS went from %v to %v with a slice cut short", *before.TPS, *after.TPS)
	}
}

func TestWarnings(t *testing.T) {
	whole := recordtest.Matrix()
	whole.Blocks = 3
	got := (&summary.Judged{Record: recordtest.Interrupted(recordtest.Record(whole))}).Summary().Warnings
	for _, want := range []string{
		"two levels of batching make the same arm",
		"p99 rests on fewer than 10 prompts beyond it in 7 of 8 arms",
		"p999 rests on fewer than 10 prompts beyond it in 7 of 8 arms",
		"no prompt was answered in batching=batch10,protocol=h1,auth=jwt",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("no warning %q among\n%s", want, strings.Join(got, "\n"))
		}
	}
	sorted := slices.Sorted(slices.Values(got))
	if len(slices.Compact(sorted)) != len(got) {
		t.Errorf("a warning stands twice:\n%s", strings.Join(got, "\n"))
	}
}

// Warnings of the judgement are among those of the summary, each once.
func TestWarningsOfTheVerdict(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	const known = "p99 is not compared where fewer than 10 prompts lie beyond it in all blocks together"
	j.RunVerdict.Rules[2].Findings[3].Warnings = []string{known}
	got := j.Summary().Warnings
	for _, want := range []string{
		known, "5 baseline records of another machine",
		"rests on 12 of 15 blocks (p50, protocol h2 vs h1, batching=single,auth=oauth)",
	} {
		n := 0
		for _, w := range got {
			if strings.HasPrefix(w, want) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q is said %d times in %q", want, n, got)
		}
	}
}

func TestSummaryIsComputedOnce(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Passed())
	first, second := j.Summary(), j.Summary()
	if &first.Arms[0] != &second.Arms[0] || &first.Comparisons[0] != &second.Comparisons[0] {
		t.Error("the second call has computed another summary")
	}
}

// TestSlimRecordKeepsItsLatencies checks that the figures of response latency are those of the whole record, save
// the longest, which a slim record does not keep.
func TestSlimRecordKeepsItsLatencies(t *testing.T) {
	t.Parallel()
	whole := recordtest.Record(recordtest.Matrix())
	want, got := (&summary.Judged{Record: whole}).Summary(), (&summary.Judged{Record: record.Slim(whole)}).Summary()
	for i, arm := range got.Arms {
		for _, m := range metric.Shown() {
			if m.Latency != metric.Response {
				continue
			}
			a, b := want.Arms[i].Figure(m), arm.Figure(m)
			if a == nil || b == nil || math.Abs(*a-*b) > 0.001**a {
				t.Errorf("%s: %s is %v, want %v", arm.Arm, m.Name, b, a)
			}
		}
		if arm.Response == nil || arm.Response.Max != nil || arm.Longest() != nil || want.Arms[i].Longest() == nil {
			t.Errorf("%s: response latency %+v", arm.Arm, arm.Response)
		}
	}
}

// TestReasonedIfOutputCameLater checks that streams whose first output is their first content have not reasoned.
func TestReasonedIfOutputCameLater(t *testing.T) {
	t.Parallel()
	for _, later := range []time.Duration{0, 50 * time.Millisecond} {
		rec := recordtest.Record(recordtest.Matrix())
		for i := range rec.Arms[0].Blocks {
			open := rec.Arms[0].Blocks[i].Open
			open.TTFT, open.TTFO = record.NewHist(), record.NewHist()
			open.TTFT.Record(20 * time.Millisecond)
			open.TTFO.Record(20*time.Millisecond + later)
		}
		if got := (&summary.Judged{Record: rec}).Summary().Arms[0].Reasoned(); got != (later > 0) {
			t.Errorf("output %v after the first content: reasoned is %v", later, got)
		}
	}
}
