package figures

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// streamed15 is a run of 15 blocks in which TTFT and TPOT of b are factor times those of a.
func streamed15(factor float64) *record.Record {
	rec := recordtest.AB(recordtest.Steady("ab=a", 1000, 20*time.Millisecond, 15), recordtest.Steady("ab=b", 1000, 20*time.Millisecond, 15))
	recordtest.Stream(&rec.Arms[0], 40*time.Millisecond, 2*time.Millisecond)
	recordtest.Stream(&rec.Arms[1], time.Duration(40e6*factor), time.Duration(2e6*factor))
	return rec
}

func metricsIn(all []Comparison) (metrics []string) {
	for _, c := range all {
		metrics = append(metrics, c.Metric)
	}
	return metrics
}

func TestStreamsAreComparedWhereBothArmsHaveThem(t *testing.T) {
	rec := streamed15(1.5)
	all := Compare(rec)
	if got := strings.Join(metricsIn(all), " "); got != "tps p50 p90 p99 error_rate ttft_p50 ttft_p90 tpot_p50" {
		t.Errorf("compared are %s", got)
	}
	for _, metric := range []string{"ttft_p50", "ttft_p90", "tpot_p50"} {
		c := find(t, all, "ab", metric, "map[]")
		if c.Ratio == nil || *c.Ratio < 1.45 || *c.Ratio > 1.55 || c.Low == nil || *c.Low < 1.4 {
			t.Errorf("%s is %s times as long, over %s", metric, recordtest.Text(c.Ratio), recordtest.Text(c.Low))
		}
	}
	if c := find(t, all, "ab", "p50", "map[]"); *c.Ratio > 1.05 {
		t.Errorf("the response latency is %s times as long: that of the content was taken for it", recordtest.Text(c.Ratio))
	}
	for i := range rec.Arms[1].Blocks {
		rec.Arms[1].Blocks[i].Open.TTFT, rec.Arms[1].Blocks[i].Open.TPOT = nil, nil
	}
	if got := metricsIn(Compare(rec)); slices.Contains(got, "ttft_p50") {
		t.Errorf("an arm without streams is compared by %v", got)
	}
}

// Answers of one token have no TPOT.
func TestTPOTIgnoresAnswersWithoutOne(t *testing.T) {
	a := recordtest.Steady("ab=a", 400, 20*time.Millisecond, 8)
	recordtest.Stream(&a, 40*time.Millisecond, 2*time.Millisecond)
	for i := range a.Blocks {
		a.Blocks[i].Open.TPOT = record.NewHist()
		for range 200 {
			a.Blocks[i].Open.TPOT.Record(2 * time.Millisecond)
		}
	}
	if got := NewCalculator().Arm(expressed(t, "tpot_p99_ms"), &a, 0.025); math.Abs(got.Value-2) > 0.01 {
		t.Errorf("half of the prompts have a TPOT of 2 ms: p99 is %+v", got)
	}
}

func TestRecordsAreComparedByStreams(t *testing.T) {
	old, now := streamed15(1), streamed15(1.5)
	deltas, _ := BetweenRecords(Run{Name: "old", Record: old}, Run{Name: "new", Record: now})
	at := slices.IndexFunc(deltas, func(d Delta) bool { return d.Arm == "ab=b" && d.Metric == "ttft_p50" })
	if at < 0 {
		t.Fatal("no TTFT is compared")
	}
	recordtest.ExpectNear(t, "the ratio", deltas[at].Ratio, 1.5)
	recordtest.ExpectNear(t, "the new", deltas[at].New, *deltas[at].Old*1.5)
	slim, _ := BetweenRecords(Run{Name: "old", Record: record.Slim(old)}, Run{Name: "new", Record: now})
	if slices.ContainsFunc(slim, func(d Delta) bool { return d.Metric == "ttft_p50" }) {
		t.Error("a slim record has a TTFT")
	}
}

// Where only some arms stream, streams are compared over the pairs in which both do.
func TestStreamsArePooledOverStreamedPairs(t *testing.T) {
	const ms = time.Millisecond
	rec := &record.Record{
		Axes: []record.Axis{{Name: "ab", Levels: []string{"a", "b"}}, {Name: "answer", Levels: []string{"whole", "stream"}}},
		Arms: []record.Arm{
			recordtest.Steady("ab=a,answer=whole", 100, 20*ms, 6), recordtest.Steady("ab=a,answer=stream", 100, 20*ms, 6),
			recordtest.Steady("ab=b,answer=whole", 100, 20*ms, 6), recordtest.Steady("ab=b,answer=stream", 100, 20*ms, 6),
		},
	}
	recordtest.Stream(&rec.Arms[1], 40*ms, 2*ms)
	recordtest.Stream(&rec.Arms[3], 80*ms, 2*ms)
	all := Compare(rec)
	recordtest.ExpectNear(t, "the ratio of TTFT", find(t, all, "ab", "ttft_p50", "map[]").Ratio, 2)
	for _, c := range all {
		if c.Axis == "answer" && c.Metric == "ttft_p50" {
			t.Errorf("a stream is compared with a whole answer by %s", c.Metric)
		}
	}
}
