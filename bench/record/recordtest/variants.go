package recordtest

import (
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/byregion"
)

// WithCapacities is a record of two arms that have no load but a search for their capacity.
func WithCapacities() *record.Record {
	rec := Record(Small())
	rec.Plan.Blocks = 0
	for i, capacity := range []float64{190, 1300} {
		rec.Arms[i].Blocks = nil
		rec.Arms[i].Capacity = SearchedFor(capacity)
	}
	return rec
}

// SearchedFor is a search that found the capacity by doubling the rate and bisecting once.
func SearchedFor(capacity float64) *record.Capacity {
	c := &record.Capacity{
		Complete: true, Confirmed: true, HeldPerS: capacity, FailedPerS: capacity * 1.02, FromPerS: 50, ToPerS: 3200,
		ErrorRate: 0.01, P99MS: 300, StepMS: 5000, Precision: 0.02, Confirm: 3, Arrivals: "constant",
	}
	for _, rate := range []float64{50, 100, capacity / 1.1, capacity, capacity * 1.02, capacity * 1.5, capacity, capacity, capacity * 1.02} {
		due := uint64(rate * 5)
		p := record.Probe{
			RatePerS: rate, Due: due, Answered: due, ErrorRate: new(0.0), HandedOver: new(1.0), Backlog: new(-0.002),
			P50MS: new(20.0), P99MS: new(20 + 80*rate/capacity), Held: true,
		}
		if rate > capacity {
			p.Held, p.WhyNot, p.P99MS = false, "response p99 412ms, over 300ms", new(rate/capacity*404)
		}
		if rate > capacity*1.1 {
			p.Answered, p.Failed, p.P99MS, p.ErrorRate, p.WhyNot = due/2, due-due/2, nil, new(0.5), "error rate 0.5, over 0.01"
		}
		c.Probes = append(c.Probes, p)
	}
	return c
}

// WithStreams returns a record of two arms. The second arm's answers were event streams, of ten
// chunks in the first block and one chunk in the second, with five tokens each. In the first
// block the answers began with a chunk of reasoning. One answer was empty, another a refusal.
func WithStreams() *record.Record {
	rec := Record(Small())
	for i := range rec.Arms {
		rec.Arms[i].Objectives = &record.Objectives{TTFTMS: 100, ResponseMS: 2000}
		rec.Arms[i].Alert = &record.Alert{Under: 0.995, WindowMS: 1000}
	}
	rec.Arms[1].Price = &record.Price{Model: "m", Input: 3, Output: 15, CacheRead: 0.3, CacheWrite: 3.75}
	rec.Arms[1].Totals.Answered, rec.Arms[1].Totals.Unsettled = 3800, 12
	for i := range rec.Arms[1].Blocks {
		s := rec.Arms[1].Blocks[i].Open
		s.AddStreamHists()
		for n := range 100 {
			first := time.Duration(20+n) * time.Millisecond
			s.FirstContent.Record(first)
			s.TTFT.Record(first + 5*time.Millisecond)
			if i == 0 {
				s.TTFO.Record(first + 15*time.Millisecond)
				s.ChunkGap.Record(10 * time.Millisecond)
				s.TPOT.Record(2500 * time.Microsecond)
				s.Span.Add(10*time.Millisecond, 4)
			} else {
				s.TTFO.Record(first + 5*time.Millisecond)
			}
		}
		s.Remarks = map[string]uint64{"empty": 1, "refused": 1}
		s.Finish = map[string]uint64{"stop": s.Answered - 20, "length": 20}
		s.Good = 60
		s.Usage = &record.Usage{
			Answers: 100, Input: record.Reported{Answers: 100, Tokens: 9000}, Cached: record.Reported{Answers: 100, Tokens: 3000},
			Reasoning: record.Reported{Answers: 100, Tokens: 100},
		}
		s.UsageInWindow, s.OutputInWindow = s.InWindow, 5*s.InWindow
	}
	return rec
}

// SplitRecord has an arm whose two prompts have parts, one whose slice has none, as in older
// records, and one without answers.
func SplitRecord() *record.Record {
	first, second := record.NewSlice(0, 1000), record.NewSlice(0, 1000)
	first.Answered, second.Answered = 1, 1
	first.Parts.Fill.Add(30 * time.Millisecond)
	first.Parts.Waiting.Add(50 * time.Millisecond)
	first.Parts.Body.Add(10 * time.Millisecond)
	first.Parts.AddServer("total", 48*time.Millisecond)
	first.Parts.AddServer("model", 40*time.Millisecond)
	second.Parts.Fill.Add(10 * time.Millisecond)
	second.Parts.Waiting.Add(100 * time.Millisecond)
	second.Parts.AddServer("total", 96*time.Millisecond)
	second.Parts.AddServer("auth", 2*time.Millisecond)
	old := record.NewSlice(0, 1000)
	old.Answered, old.Parts = 5, nil
	return &record.Record{Arms: []record.Arm{
		{Name: "split", Blocks: []record.Block{{Open: first}, {Open: second}}},
		{Name: "older", Blocks: []record.Block{{Open: old}}},
		{Name: "silent", Blocks: []record.Block{{Open: record.NewSlice(0, 1000)}}},
	}}
}

// Retry gives each open slice of an arm retries with a budget, an adaptive limit and an outage. Two
// requests in three are answered.
func Retry(arm *record.Arm) {
	for i := range arm.Blocks {
		s := arm.Blocks[i].Open
		s.Requests, s.Attempts = 30, 45
		s.RetriesRefused, s.Allowed = new(uint64(3)), &record.Allowed{Requests: 30, Total: 150, Least: 2, Most: 9}
		s.Outages = &record.Outages{Lasted: record.Sum{Count: 1, TotalMS: 300}, Recovery: record.Sum{Count: 1, TotalMS: 80}}
		if s.Usage == nil {
			s.Usage = &record.Usage{}
		}
		s.Usage.Answers = 20
	}
}

// Regional sends the attempts of an arm to regions eu, which goes dark, and us, with sessions.
func Regional(arm *record.Arm) {
	eu, us := map[string]uint64{"new": 5, "kept": 20, byregion.Stale: 5}, map[string]uint64{"kept": 10, byregion.Lost: 5}
	for i := range arm.Blocks {
		s := arm.Blocks[i].Open
		s.UnavailableMS = new(400.0)
		s.Regions = byregion.Regions{
			"eu": {Attempts: 35, Answered: 30, TookUS: 300_000, Sessions: eu}, "us": {Attempts: 15, Answered: 15, TookUS: 600_000, Moved: 2, Sessions: us},
		}
	}
	n := uint64(len(arm.Blocks))
	arm.Ledger.Regions = byregion.Ledgers{
		"eu": {Matches: true, Attempts: 35 * n, Dark: 5 * n, Sessions: eu, HealthChecks: 40}, "us": {Matches: true, Attempts: 15 * n, Sessions: us, HealthChecks: 40},
	}
}
