package gate

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// streaming gives every block of the arm a TTFT and a TPOT of as many prompts as it
// answered, the TTFT as many times longer as its response latency is than 20 ms.
func streaming(a *record.Arm, first, token time.Duration) {
	for i := range a.Blocks {
		s := a.Blocks[i].Open
		s.TTFT, s.TPOT = record.NewHist(), record.NewHist()
		drift := float64(s.Response.Quantile(0.5)) / 20e6
		for range s.Answered {
			s.TTFT.Record(time.Duration(float64(first) * drift))
			s.TPOT.Record(token)
		}
	}
}

// streamed15 is a run of 15 blocks whose arms differ in when content comes alone.
func streamed15(factor float64) *record.Record {
	rec := run(1, 0)
	streaming(&rec.Arms[0], 40*time.Millisecond, 2*time.Millisecond)
	streaming(&rec.Arms[1], time.Duration(40e6*factor), time.Duration(2e6*factor))
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
			t.Errorf("%s is %s times as long, over %s", metric, text(c.Ratio), text(c.Low))
		}
	}
	if c := find(t, all, "ab", "p50", "map[]"); *c.Ratio > 1.05 {
		t.Errorf("the response latency is %s times as long: that of the content was taken for it", text(c.Ratio))
	}
	for i := range rec.Arms[1].Blocks {
		rec.Arms[1].Blocks[i].Open.TTFT, rec.Arms[1].Blocks[i].Open.TPOT = nil, nil
	}
	if got := metricsIn(Compare(rec)); slices.Contains(got, "ttft_p50") {
		t.Errorf("an arm without streams is compared by %v", got)
	}
}

func TestRulesOfStreams(t *testing.T) {
	for name, c := range map[string]struct {
		rec  *record.Record
		rule record.Rule
		want Verdict
		why  string
	}{
		"later words":       {streamed15(1.2), noWorse("ttft_p50"), Regression, "worse past doubt"},
		"as soon":           {streamed15(1), noWorse("ttft_p50", "ttft_p90", "tpot_p50"), Pass, "inside the margin of 5%"},
		"sooner":            {streamed15(0.8), noWorse("ttft_p90"), Pass, "inside the margin of 5%"},
		"slower tokens":     {streamed15(1.2), noWorse("tpot_p90"), Regression, "worse past doubt"},
		"the tail":          {streamed15(1.02), noWorse("ttft_p99"), Pass, "inside the margin of 10%"},
		"no streams":        {run(1, 0), noWorse("ttft_p50"), Inconclusive, "not both arms were answered by streams"},
		"an objective":      {streamed15(1), asserting("ttft_p99_ms < 60"), Pass, "it holds up to the far bound"},
		"an objective lost": {streamed15(1.2), asserting("ttft_p50_ms < 44"), Regression, ""},
		"of tokens":         {streamed15(1), asserting("tpot_p99_ms < 2.5"), Pass, ""},
		"of no streams":     {run(1, 0), asserting("ttft_p50_ms < 60"), Inconclusive, "not known"},
		"failures":          {failing(streamed15(1), 100), asserting("ttft_p99_ms < 60"), Regression, ""},
		"a ratio":           {streamed15(1.5), asserting(`ratio(ttft_p50_ms, "ab=b", "ab=a") > 1.3`), Pass, ""},
	} {
		j := verdictOf(t, c.rec, c.rule)
		var whys []string
		for _, r := range j.Rules {
			for _, f := range r.Findings {
				whys = append(whys, f.Why)
			}
		}
		if said := strings.Join(whys, "\n"); j.Verdict != c.want || !strings.Contains(said, c.why) {
			t.Errorf("%s: %s, want %s: %s", name, j.Verdict, c.want, said)
		}
	}
}

// failing lets so many more prompts of each block fail, in both arms.
func failing(rec *record.Record, n uint64) *record.Record {
	for a := range rec.Arms {
		for i := range rec.Arms[a].Blocks {
			s := rec.Arms[a].Blocks[i].Open
			s.Due, s.Failed = s.Due+n, s.Failed+n
		}
	}
	return rec
}

// Answers of one token have no TPOT, and count for nothing in it.
func TestATPOTIsOfThoseThatHaveOne(t *testing.T) {
	a := arm("ab=a", 400, each(20*time.Millisecond, 8)...)
	streaming(&a, 40*time.Millisecond, 2*time.Millisecond)
	for i := range a.Blocks {
		a.Blocks[i].Open.TPOT = record.NewHist()
		for range 200 {
			a.Blocks[i].Open.TPOT.Record(2 * time.Millisecond)
		}
	}
	f := figures{doubt: func(string) {}}
	if got := f.ofArm(&a, "tpot_p99_ms", 0.025); math.Abs(got.value-2) > 0.01 {
		t.Errorf("half of the prompts have a TPOT of 2 ms: p99 is %+v", got)
	}
}

func TestRecordsAreComparedByTheirStreams(t *testing.T) {
	old, now := streamed15(1), streamed15(1.5)
	deltas, _ := BetweenRecords(Baseline{Name: "old", Record: old}, Baseline{Name: "new", Record: now})
	at := slices.IndexFunc(deltas, func(d Delta) bool { return d.Arm == "ab=b" && d.Metric == "ttft_p50" })
	if at < 0 {
		t.Fatal("no TTFT is compared")
	}
	near(t, "the ratio", deltas[at].Ratio, 1.5)
	near(t, "the new", deltas[at].New, *deltas[at].Old*1.5)
	slim, _ := BetweenRecords(Baseline{Name: "old", Record: record.Slim(old)}, Baseline{Name: "new", Record: now})
	if slices.ContainsFunc(slim, func(d Delta) bool { return d.Metric == "ttft_p50" }) {
		t.Error("a slim record has a TTFT")
	}
}

// Where one of two axes says whether answers are streams, the other compares those that are.
func TestStreamsArePooledOverThePairsThatHaveThem(t *testing.T) {
	const ms = time.Millisecond
	rec := &record.Record{
		Axes: []record.Axis{{Name: "ab", Levels: []string{"a", "b"}}, {Name: "answer", Levels: []string{"whole", "stream"}}},
		Arms: []record.Arm{
			arm("ab=a,answer=whole", 100, each(20*ms, 6)...), arm("ab=a,answer=stream", 100, each(20*ms, 6)...),
			arm("ab=b,answer=whole", 100, each(20*ms, 6)...), arm("ab=b,answer=stream", 100, each(20*ms, 6)...),
		},
	}
	streaming(&rec.Arms[1], 40*ms, 2*ms)
	streaming(&rec.Arms[3], 80*ms, 2*ms)
	all := Compare(rec)
	near(t, "the ratio of TTFT", find(t, all, "ab", "ttft_p50", "map[]").Ratio, 2)
	for _, c := range all {
		if c.Axis == "answer" && c.Metric == "ttft_p50" {
			t.Errorf("a stream is compared with a whole answer by %s", c.Metric)
		}
	}
}
