package reports

import (
	"math"
	"strconv"
	"strings"
	"time"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/reportstest"
)

// numbers is an axis of n levels, whose load saturates the server at its middle.
func numbers(n int) record.Axis {
	axis := record.Axis{Name: "in-flight"}
	for i := range n {
		axis.Levels = append(axis.Levels, strconv.Itoa(1+i*4))
	}
	return axis
}

// saturating is the speed of an arm along numbers.
func saturating(levels map[string]string) float64 {
	v, _ := strconv.ParseFloat(levels["in-flight"], 64)
	speed := 1 / (1 + math.Pow(v/40, 3))
	if levels["protocol"] == "h2" {
		speed *= 1.4
	}
	return speed
}

// sweepShape is a record along n levels, beside the further axes.
func sweepShape(n int, further ...record.Axis) recordtest.Shape {
	return recordtest.Shape{Axes: append(further, numbers(n)), Blocks: 7, Open: true, Closed: n <= 12, PromptsPerOpen: 100, Speed: saturating}
}

// failing makes most of what was asked in the later arms fail, in several ways.
func failing(rec *record.Record) *record.Record {
	rec.Scenario.Title = "What a server that fails answers"
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		for b := range arm.Blocks {
			s := arm.Blocks[b].Open
			n := s.Answered * uint64(i) / uint64(len(rec.Arms))
			s.Due, s.Failed, s.Requests = s.Due+n, s.Failed+n, s.Requests+n
			s.Errors["rate_limit"] += n / 2
			s.Errors["server"] += n - n/2
		}
		for _, point := range arm.OverTime.Points {
			at := time.Duration(point.AtMS) * time.Millisecond
			for n := range int(point.Answered) * i / len(rec.Arms) {
				if n%2 == 0 {
					arm.OverTime.AddFailed(at, "rate_limit", 429, false)
				} else {
					arm.OverTime.AddFailed(at, "server", 503, false)
				}
			}
		}
		addFailures(arm, uint64(i))
	}
	return rec
}

// addFailures adds a rate limit that is reached now and then, an outage in the second block, and many rare messages.
func addFailures(arm *record.Arm, n uint64) {
	arm.Failures = []reasons.Failure{recordtest.FailedIn(reasons.Failure{Phase: "closed", Class: "timeout", Words: "context deadline exceeded", Count: 3, FirstMS: 2501, Example: "context deadline exceeded"}, 2)}
	if n == 0 {
		return
	}
	arm.Failures = append(arm.Failures,
		recordtest.FailedIn(reasons.Failure{Phase: "open", Class: "rate_limit", Status: 429, Words: "Rate limit reached for requests. Please try again in …", Count: 70 * n, FirstMS: 812, Example: "Rate limit reached for requests. Please try again in 1.2s"}, 0, 6, 10),
		recordtest.FailedIn(reasons.Failure{Phase: "open", Class: "server", Status: 503, Words: `upstream connect error or disconnect/reset before headers. reset reason: connection termination, transport failure reason: "TLS error"`, Count: 60 * n, FirstMS: 5501, Example: "upstream connect error"}, 5, 6),
	)
	for kind := range 2 * n {
		text := "shard " + strings.Repeat(string(rune('a'+kind)), 3) + " is not ready"
		arm.Failures = append(arm.Failures, recordtest.FailedIn(reasons.Failure{Phase: "open", Class: "server", Status: 500, Words: text, Count: 5 + kind, FirstMS: 1200, Example: text}, 1, 5, 11))
	}
}

// shapes are judged records of every shape that a page shows differently.
func shapes() map[string]*Judged {
	matrix := recordtest.Matrix()
	matrix.Blocks = 15
	judged := &Judged{Record: recordtest.Record(matrix), RunVerdict: reportstest.Regressed(), Claims: reportstest.SomeClaims()}
	judged.Record.Rules = []record.Rule{
		{Name: "errors stay rare", Assert: "error_rate < 0.01"},
		{Name: "batches carry more", Assert: `ratio(tps, "batching=batch10", "batching=single") > 1.5`},
		{Name: "h2 is no slower", NoRegression: &record.NoRegression{Axis: "protocol", Base: "h1", Head: "h2", Metrics: []string{"p50", "p90"}}},
	}
	judged.Record.Scenario.Source = "name: matrix\ntitle: Single or batched, HTTP/1.1 or HTTP/2, OAuth or JWT\ntarget:\n  dialect: article\n"
	streams := recordtest.WithStreams()
	streams.Scenario.Title = "Streamed or whole answers"
	capacity := recordtest.WithCapacities()
	capacity.Scenario.Title = "What each server bears"
	small := recordtest.Matrix()
	small.Blocks = 3
	return map[string]*Judged{
		"matrix":   judged,
		"sweep-12": titled(recordtest.Record(sweepShape(12)), "How many requests in flight"),
		"sweep-50": titled(recordtest.Record(sweepShape(50)), "How many requests in flight, finely"),
		"two-axes": titled(recordtest.Record(sweepShape(6, record.Axis{Name: "protocol", Levels: []string{"h1", "h2"}})), "Requests in flight by protocol"),
		"streams":  titled(streams, "Streamed or whole answers"),
		"capacity": titled(capacity, "What each server bears"),
		"invalid":  {Record: recordtest.Interrupted(recordtest.Record(small)), RunVerdict: reportstest.Uncounted()},
		"errors":   titled(failing(recordtest.Record(small)), "What a server that fails answers"),
	}
}

func titled(rec *record.Record, title string) *Judged {
	rec.Scenario.Title = title
	return &Judged{Record: rec, RunVerdict: gate.RunVerdict{}}
}

// comparisons are of every kind that a page shows differently: two runs of a matrix, of which the second
// is slower and has an arm that fails; of a sweep; an invalid one; and the levels of an axis.
func comparisons() map[string]Compared {
	matrix := recordtest.Matrix()
	slower := recordtest.Matrix()
	slower.Blocks = 8
	slower.Speed = func(levels map[string]string) float64 {
		if levels["protocol"] == "h2" {
			return matrix.Speed(levels) / 1.2
		}
		return matrix.Speed(levels)
	}
	head := recordtest.Record(slower)
	bad := failing(recordtest.Record(slower))
	head.Arms[7] = bad.Arms[7]
	invalid := recordtest.Record(matrix)
	invalid.Invalid = []string{head.Arms[0].Name + ": send lag p99 is 9ms"}
	levels := Compared{Old: "h1", New: "head", Base: recordtest.Record(slower), Axis: "protocol"}
	levels.Deltas, _ = figures.BetweenLevels(levels.Base, levels.Axis)
	out := map[string]Compared{
		"compared-matrix":  comparedRecords(recordtest.Record(matrix), head),
		"compared-sweep":   comparedRecords(recordtest.Record(sweepShape(12)), recordtest.Record(sweepShape(9))),
		"compared-invalid": comparedRecords(recordtest.Record(matrix), invalid),
		"compared-levels":  levels,
	}
	return out
}

func comparedRecords(base, head *record.Record) Compared {
	c := Compared{Old: "results/monday", New: "results/tuesday", Base: base, Head: head}
	c.Deltas, c.Warnings = figures.BetweenRecords(figures.Run{Name: c.Old, Record: base}, figures.Run{Name: c.New, Record: head})
	for _, why := range head.Invalid {
		c.Invalid = append(c.Invalid, c.New+" is INVALID: "+why)
	}
	return c
}
