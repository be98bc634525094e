package figures

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/bench/record/byregion"
	"weighbridge/bench/record/recordtest"
	"weighbridge/scenarios/metric"
)

// drifting is an arm whose lognormal latencies about 20 ms drift from block to block, and of
// whose prompts the share failing fails.
func drifting(rng *rand.Rand, blocks, prompts int, failing float64) record.Arm {
	a := record.Arm{Name: "all", Levels: map[string]string{}}
	drift := 0.05 * rng.NormFloat64()
	for i := range blocks {
		drift = 0.5*drift + 0.05*math.Sqrt(0.75)*rng.NormFloat64()
		s := &record.Slice{DurationMS: 1000, Response: record.NewHist()}
		for range prompts {
			s.Due++
			if rng.Float64() < failing {
				s.Failed++
				continue
			}
			s.Answered++
			s.Response.Record(time.Duration(20e6 * math.Exp(drift+0.5*rng.NormFloat64())))
		}
		a.Blocks = append(a.Blocks, record.Block{Index: i, Complete: true, Open: s})
	}
	return a
}

// The bounds of a percentile cover the truth about as often as their level says. For a
// lognormal with a drift of 5%, p90 is 20 ms · exp(1.2816·√(0.5²+0.05²)).
func TestQuantileBoundsCover(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 1))
	truth := 20 * math.Exp(1.2816*math.Hypot(0.5, 0.05))
	const runs = 150
	held := 0
	for range runs {
		a := drifting(rng, 20, 200, 0)
		in := NewCalculator().Arm(expressed(t, "p90_ms"), &a, 0.025)
		if in.Low <= truth && truth <= in.High {
			held++
		}
		if in.Low > in.Value || in.Value > in.High {
			t.Fatalf("%+v", in)
		}
	}
	if share := float64(held) / runs; share < 0.88 {
		t.Errorf("the 95%% bounds of p90 cover it in %.0f%% of runs", share*100)
	}
}

func TestFailuresAreInfinite(t *testing.T) {
	a := drifting(rand.New(rand.NewPCG(1, 1)), 10, 400, 0.05)
	of := func(name string) Figure { return NewCalculator().Arm(expressed(t, name), &a, 0.025) }
	failed := FailuresOf("error_rate", &a).Rate()
	if p99 := of("p99_ms"); !math.IsInf(p99.Value, 1) || !math.IsInf(p99.High, 1) || math.Abs(p99.Failed-*failed) > 1e-9 {
		t.Errorf("with %.1f%% failing p99 is %+v", *failed*100, p99)
	}
	if p50 := of("p50_ms"); math.IsInf(p50.High, 1) || p50.Failed != 0 {
		t.Errorf("p50 is %+v", p50)
	}
	if p90, whole := of("p90_ms"), record.Merged(a.Blocks[0].Open.Response); p90.Value < float64(whole.Quantile(0.9))/1e6 || math.IsInf(p90.Value, 1) {
		t.Errorf("p90 is %+v", p90)
	}
	if rate := of("error_rate"); rate.Low > 0.05 || rate.High < 0.05 || rate.High > 0.1 {
		t.Errorf("the error rate is %+v", rate)
	}
}

// measuredArm has a figure for every metric: 8 blocks of 100 answered prompts each, with
// closed load beside them.
func measuredArm() record.Arm {
	a := recordtest.Steady("ab=a", 100, 20*time.Millisecond, 8)
	recordtest.Stream(&a, 40*time.Millisecond, 2*time.Millisecond)
	a.Objectives = &record.Objectives{TTFTMS: 50}
	a.Alert, a.OverTime = &record.Alert{Under: 0.9, WindowMS: 1000}, &record.Series{}
	for i := range a.Blocks { // of a second each, 10% fail, and in every fourth 11%
		failed := uint64(10)
		if i%4 == 0 {
			failed = 11
		}
		a.Blocks[i].Open.StartMS = float64(i * 1000)
		a.OverTime.Add(time.Duration(i)*time.Second, record.Point{Due: 100, Answered: 100 - failed, Failed: failed})
	}
	for i := range a.Blocks {
		s := a.Blocks[i].Open
		s.Due, s.Failed = 125, 25
		s.Good = 90
		s.Requests, s.Attempts = 50, 60
		s.RetriesRefused, s.Allowed = new(uint64(3)), &record.Allowed{Requests: 50, Total: 375, Least: 5, Most: 10}
		s.Outages = &record.Outages{Lasted: record.Sum{Count: 2, TotalMS: 500}, Recovery: record.Sum{Count: 1, TotalMS: 40}}
		s.UnavailableMS = new(400.0)
		s.Regions = byregion.Regions{
			"eu": {Attempts: 30, Answered: 20, Sessions: map[string]uint64{"kept": 17, byregion.Stale: 3}}, "us": {Attempts: 30, Sessions: map[string]uint64{byregion.Stale: 2, byregion.Lost: 3}},
		}
		s.Caches = &record.Caches{Client: 25, Edge: 15, Server: 40, Current: 45, Stale: 15}
		s.Batches = &record.Batches{Completion: record.Sum{Count: 2, TotalMS: 60_000}}
		s.Server = map[string]record.Sum{"auth": {Count: 50, TotalMS: 100}}
		s.TTFO = recordtest.Hist(recordtest.Repeat(60*time.Millisecond, 100)...)
		s.Parts = &record.Parts{Connect: record.Sum{Count: 100, TotalMS: 500}, Waiting: record.Sum{Count: 100, TotalMS: 1500}}
		s.Span = record.Span{MS: 1800, Tokens: 900}
		s.Usage = &record.Usage{
			Answers: 40, Input: record.Reported{Answers: 40, Tokens: 4000}, Cached: record.Reported{Answers: 40, Tokens: 1000},
			Reasoning: record.Reported{Answers: 40, Tokens: 200},
		}
		a.Blocks[i].Closed = &record.Slice{
			DurationMS: 500, InWindow: 400, UsageInWindow: 400, OutputInWindow: 25_600, Due: 500, Answered: 450, Failed: 50,
		}
	}
	a.Totals = record.Totals{
		Connections: 3, Pushes: 4, TokenRequests: 2, Answered: 500, Tokens: record.Tokens{Input: 100_000, Output: 20_000, CacheRead: 40_000, CacheWrite: 10_000},
		Wire: record.Wire{Requests: 100, Sent: record.Bytes{WireBytes: 5000, HeaderBytes: 900}, Received: record.Bytes{WireBytes: 15000, HeaderBytes: 100}},
	}
	a.Ledger = &record.Ledger{
		Matches: true, Tokens: record.Tokens{Input: 105_000, Output: 20_000},
		Regions: byregion.Ledgers{"eu": {Attempts: 30, Dark: 6}, "us": {Attempts: 30}},
	}
	a.Billing = &billing.Accounts{Naive: billing.Tokens{Input: 150_000}, Idempotent: billing.Tokens{Output: 112_500}, Reconciled: billing.Tokens{Input: 105_000, Output: 20_000}}
	a.Price = &record.Price{Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}
	return a
}

// Every metric of the table has a calculation, and a row here.
func TestEveryMetricIsCalculated(t *testing.T) {
	want := map[string]float64{
		"tps": 800, "goodput": 90, "good_share": 0.72, "error_rate": 0.2, "closed_error_rate": 0.1, "mean": 20, "attempts_per_request": 1.2,
		"attempts_per_success": 1.5, "retries_refused": 0.06, "requests_allowed": 7.5, "outage": 250, "recovery": 40, "p50_trend": 1, "p99_trend": 1, "unavailable": 400, "dark_share": 0.1, "sessions_lost": 3, "stale_share": 0.2,
		"p50": 20, "p90": math.Inf(1), "p95": math.Inf(1), "p99": math.Inf(1), "p999": math.Inf(1),
		"ttft_p50": 40, "ttft_p90": math.Inf(1), "ttft_p99": math.Inf(1), "tpot_p50": 2, "ttfo_p50": 60, "ttfo_p90": math.Inf(1), "ttfo_p99": math.Inf(1), "tpot_p90": math.Inf(1), "tpot_p99": math.Inf(1),
		"output_tokens_per_s": 51_200, "tokens_per_s_user": 500, "reasoning_tokens": 5, "cached_share": 0.25, "auth": 2, "bytes_per_request": 200, "header_bytes_per_request": 10, "connections": 3, "pushes": 4, "billing_drift_answers": 0.04, "billing_drift_callbacks": 0.2, "billing_drift_idempotent": 0.1, "billing_drift_reconciled": 0, "connect_share": 0.25, "token_requests": 2, "alert_share": 0.25,
		"saved_calls": 0.2, "cache_hits": 0.5, "stale_answers": 0.25,
		"batch_completion": 30_000, "cost_usd": 0.4995, "cost_usd_per_1k_prompts": 0.999, "cost_usd_per_1m_output_tokens": 24.975,
	}
	a := measuredArm()
	r := NewCalculator().Within(map[float64]time.Duration{0.99: 30 * time.Millisecond})
	for _, m := range metric.All() {
		expected, ok := want[m.Name]
		if !ok {
			t.Errorf("%s: expected a row", m.Name)
			continue
		}
		got := r.Arm(m, &a, 0.025)
		if got.Value != expected && !(math.Abs(got.Value-expected) <= 0.002*expected) { // histograms are precise to 0.1%
			t.Errorf("%s is %v, expected %v", m.Name, got.Value, expected)
		}
		_, once := r.of(m).(total)
		if _, count := r.of(m).(counted); (once || count) == m.ByBlock {
			t.Errorf("%s has a figure in every block: %v, and one for the run: %v", m.Name, m.ByBlock, once || count)
		}
	}
	for name := range r.calculations() {
		if _, ok := metric.Named(name); !ok {
			t.Errorf("%s has a calculation and is not in the table of metrics", name)
		}
	}
}

// A figure of tokens is unknown if one answer did not report them, or in an older record.
func TestTokensThatAnAnswerDidNotReport(t *testing.T) {
	a := measuredArm()
	a.Blocks[3].Open.Usage.Cached.Answers--
	a.Blocks[4].Open.Usage = nil
	for i := range a.Blocks {
		a.Blocks[i].Open.Span = record.Span{}
	}
	for _, name := range []string{"cached_share", "reasoning_tokens", "tokens_per_s_user"} {
		m, _ := metric.Named(name)
		got := NewCalculator().Arm(m, &a, 0.025)
		if name == "reasoning_tokens" { // the older block adds nothing
			if got.Value != 5 {
				t.Errorf("%s is %v, expected 5", name, got.Value)
			}
			continue
		}
		if !math.IsNaN(got.Value) {
			t.Errorf("%s is %v, expected it unknown", name, got.Value)
		}
	}
}

// What clients that retry and outages are calculated by is unknown if there is nothing to tell.
func TestRetriesAndOutagesThatAreNotKnown(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *record.Slice)
		want   string
	}{
		"attempts_per_success": {func(s *record.Slice) { s.Usage = nil }, "attempts_per_success is not known: the record is older"},
		"retries_refused":      {func(s *record.Slice) { s.RetriesRefused = nil }, "retries_refused is not known: retries had no budget (client.retry.budget)"},
		"recovery":             {func(s *record.Slice) { s.Outages.Unrecovered = 1 }, "recovery_ms is not known: an outage was not recovered from before the end of the load"},
	} {
		a := measuredArm()
		c.change(a.Blocks[3].Open)
		got := NewCalculator().Arm(recordtest.Metric(t, name), &a, 0.025)
		if !math.IsNaN(got.Value) || len(got.Warnings) != 1 || got.Warnings[0] != c.want {
			t.Errorf("%s is %+v, expected %q", name, got, c.want)
		}
	}
	a := measuredArm()
	for i := range a.Blocks {
		a.Blocks[i].Open.Outages, a.Blocks[i].Open.Allowed = nil, nil
	}
	for _, name := range []string{"outage", "recovery", "requests_allowed"} {
		if got := NewCalculator().Arm(recordtest.Metric(t, name), &a, 0.025); !math.IsNaN(got.Value) || len(got.Warnings) != 1 {
			t.Errorf("%s is %+v", name, got)
		}
	}
	a = measuredArm()
	a.Blocks[3].Open.Outages.Partial = 1
	if got := NewCalculator().Arm(recordtest.Metric(t, "outage"), &a, 0.025); !math.IsNaN(got.Value) || len(got.Warnings) != 1 || got.Warnings[0] != "outage_ms "+partialOutage {
		t.Errorf("with an outage that was seen in part, its mean length is %+v", got)
	}
	for i := range a.Blocks {
		a.Blocks[i].Open.Answered, a.Blocks[i].Open.Usage = 0, nil
	}
	if got := NewCalculator().Arm(recordtest.Metric(t, "attempts_per_success"), &a, 0.025); !math.IsNaN(got.Value) && !math.IsInf(got.Value, 1) {
		t.Errorf("without a success attempts_per_success is %+v", got)
	}
}

// A server that gets slower by 2% with each block is slower by that to the power of half the blocks in
// the second half of a run. One that does not drift is as quick.
func TestTrend(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	arm := func(blocks int, growth float64) *record.Arm {
		a := &record.Arm{Name: "all", Levels: map[string]string{}}
		for i := range blocks {
			s := &record.Slice{DurationMS: 1000, Response: record.NewHist()}
			for range 300 {
				s.Due++
				s.Answered++
				s.Response.Record(time.Duration(20e6 * math.Pow(growth, float64(i)) * math.Exp(0.5*rng.NormFloat64())))
			}
			a.Blocks = append(a.Blocks, record.Block{Index: i, Complete: true, Open: s})
		}
		return a
	}
	for _, name := range []string{"p50_trend", "p99_trend"} {
		of := func(a *record.Arm) Figure { return NewCalculator().Arm(recordtest.Metric(t, name), a, 0.025) }
		if f, want := of(arm(30, 1.02)), math.Pow(1.02, 15); math.Abs(f.Value/want-1) > 0.1 || f.Low > f.Value || f.High < f.Value || f.Low <= 1 {
			t.Errorf("%s of a server that drifts is %+v, expected %.3f", name, f, want)
		}
		if f := of(arm(31, 1)); math.Abs(f.Value-1) > 0.1 || f.Low > f.Value || f.High < f.Value || f.High > 1.3 {
			t.Errorf("%s of a steady server is %+v", name, f)
		}
		if f := of(arm(1, 1)); !math.IsNaN(f.Value) || len(f.Warnings) != 1 {
			t.Errorf("%s of one block is %+v", name, f)
		}
	}
	a := arm(12, 1)
	a.Blocks[2].Open.Answered, a.Blocks[2].Open.Failed, a.Blocks[2].Open.Response = 0, 300, record.NewHist()
	if f := NewCalculator().Arm(recordtest.Metric(t, "p50_trend"), a, 0.025); math.IsNaN(f.Value) || f.Value < 0.8 || f.Value > 1.25 {
		t.Errorf("with a block that nothing answered it is %+v", f)
	}
}

// What levels and runs are compared by has ratios by block, a figure of the run and values,
// or is a share.
func TestComparedMetricsCanBeCompared(t *testing.T) {
	for _, m := range append(metric.Compared(), metric.Judged()...) {
		of := NewCalculator().of(m)
		_, sampled := of.(sampler)
		_, whole := of.(totaller)
		_, hasValues := of.(valued)
		if share := m.Kind == metric.OfShare; sampled == share || whole == share || !hasValues {
			t.Errorf("%s: ratios by block %v, figure of the run %v, values %v", m.Name, sampled, whole, hasValues)
		}
	}
}

func TestGoodputCountsWithinEveryObjective(t *testing.T) {
	a := measuredArm()
	a.Objectives = nil
	goodput := recordtest.Metric(t, metric.Goodput)
	for objective, want := range map[time.Duration]float64{10 * time.Millisecond: 0, 30 * time.Millisecond: 100} {
		got := NewCalculator().Within(map[float64]time.Duration{0.5: 30 * time.Millisecond, 0.99: objective}).Arm(goodput, &a, 0.025)
		if got.Value != want {
			t.Errorf("within %v it is %v/s, expected %v/s", objective, got.Value, want)
		}
	}
}

// Objectives are met jointly, prompt by prompt, whatever single latencies the rules demand.
func TestGoodputOfObjectives(t *testing.T) {
	goodput, share := recordtest.Metric(t, metric.Goodput), recordtest.Metric(t, metric.GoodShare)
	r := NewCalculator().Within(map[float64]time.Duration{0.99: time.Millisecond})
	a, b := measuredArm(), measuredArm()
	for i := range b.Blocks {
		b.Blocks[i].Open.Good = 45
	}
	pairs := []Pair{{Base: &a, Head: &b}}
	for _, m := range []metric.Metric{goodput, share} {
		if got := r.Ratio(m, pairs, 0.025); math.Abs(got.Value-0.5) > 1e-9 {
			t.Errorf("%s of half as many good prompts is %v times the base's", m.Name, got.Value)
		}
		if f := r.Arm(m, &a, 0.025); f.Low > f.Value || f.High < f.Value || math.IsNaN(f.Low) {
			t.Errorf("%s is %+v", m.Name, f)
		}
	}
	b.Blocks[2].Open.Unjudged = 1
	for _, m := range []metric.Metric{goodput, share} {
		if got := r.Arm(m, &b, 0.025); !math.IsNaN(got.Value) || len(got.Warnings) != 1 {
			t.Errorf("%s with a prompt that may be good or not is %+v", m.Name, got)
		}
	}
	b.Objectives = nil
	if got := r.Arm(share, &b, 0.025); !math.IsNaN(got.Value) || len(got.Warnings) != 1 {
		t.Errorf("the share without objectives is %+v", got)
	}
	if got := r.Arm(goodput, &b, 0.025); got.Value != 0 {
		t.Errorf("within the rules' 1 ms goodput is %v", got.Value)
	}
}

// Under closed load good prompts are those that began in the slice, as in the share.
func TestGoodputUnderClosedLoad(t *testing.T) {
	a := measuredArm()
	for i := range a.Blocks {
		a.Blocks[i].Open = nil
		s := a.Blocks[i].Closed
		s.Good = 400
	}
	r := NewCalculator()
	if got := r.Arm(recordtest.Metric(t, metric.Goodput), &a, 0.025); got.Value != 800 {
		t.Errorf("400 in half a second are %v/s", got.Value)
	}
	if got := r.Arm(recordtest.Metric(t, metric.GoodShare), &a, 0.025); got.Value != 0.8 {
		t.Errorf("400 of 500 are %v", got.Value)
	}
	for i := range a.Blocks {
		s := a.Blocks[i].Closed
		s.Turns, s.Covered = record.Sum{Count: 10, TotalMS: 4000}, 300
	}
	if got := r.Arm(recordtest.Metric(t, metric.Goodput), &a, 0.025); !math.IsNaN(got.Value) {
		t.Errorf("in slices too short for a TPS it is %v/s", got.Value)
	}
}

func TestTPSComesFromClosedLoadWhereThereIsAny(t *testing.T) {
	a := measuredArm()
	if tps, load := TPS(&a); tps == nil || *tps != 800 || load != "closed" {
		t.Errorf("with closed load: %s from %q", recordtest.Text(tps), load)
	}
	for i := range a.Blocks {
		a.Blocks[i].Closed = nil
	}
	if tps, load := TPS(&a); tps == nil || *tps != 100 || load != "open" {
		t.Errorf("without: %s from %q", recordtest.Text(tps), load)
	}
	a.Blocks = nil
	if tps, load := TPS(&a); tps != nil || load != "" {
		t.Errorf("without blocks: %s from %q", recordtest.Text(tps), load)
	}
}

// A rule's error rate is over complete blocks; that of the whole run over all of them.
func TestFailuresOfIncompleteBlocks(t *testing.T) {
	a := measuredArm()
	a.Blocks[7].Complete = false
	a.Blocks[7].Open.Failed, a.Blocks[7].Open.Due = 125, 125
	if got := NewCalculator().Arm(recordtest.Metric(t, metric.ErrorRate), &a, 0.025); got.Value != 0.2 {
		t.Errorf("of complete blocks: %v", got.Value)
	}
	if got := FailuresOf(metric.ErrorRate, &a).Rate(); got == nil || *got != 0.3 {
		t.Errorf("of all blocks: %s", recordtest.Text(got))
	}
	if got := (Failures{}).Rate(); got != nil {
		t.Errorf("of nothing: %s", recordtest.Text(got))
	}
}

// Without a price, or with an answer that does not report its tokens, the cost is unknown, not 0.
func TestUnknownCost(t *testing.T) {
	for name, change := range map[string]func(*record.Arm){
		"no price":         func(a *record.Arm) { a.Price = nil },
		"unreported input": func(a *record.Arm) { a.Totals.Unreported.Input = 1 },
		"no answer":        func(a *record.Arm) { a.Totals.Tokens = record.Tokens{} },
	} {
		a := measuredArm()
		change(&a)
		for _, m := range []string{"cost_usd", "cost_usd_per_1k_prompts", "cost_usd_per_1m_output_tokens"} {
			if got := NewCalculator().Arm(expressed(t, m), &a, 0.025); !math.IsNaN(got.Value) {
				t.Errorf("%s: %s is %v", name, m, got.Value)
			}
		}
	}
}
