// Package recordtest makes records for tests: steady ones, whose figures are known, and
// ones drawn from a seed, which look like a run's.
package recordtest

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
)

// Shape describes a record to draw.
type Shape struct {
	Axes           []record.Axis
	Blocks         int
	Open, Closed   bool
	PromptsPerOpen int
	// Speed is an arm's TPS and 1/latency, as a multiple of the first arm's.
	Speed func(levels map[string]string) float64
	// Samples, if not nil, gets every response latency of the open slices by arm.
	Samples map[string][]time.Duration
}

// Matrix is the shape of a record of the scenario matrix, with seven blocks: enough for
// intervals, and quick to read.
func Matrix() Shape {
	return Shape{
		Axes: []record.Axis{
			{Name: "batching", Levels: []string{"single", "batch10"}},
			{Name: "protocol", Levels: []string{"h1", "h2"}},
			{Name: "auth", Levels: []string{"oauth", "jwt"}},
		},
		Blocks: 7, Open: true, Closed: true, PromptsPerOpen: 200,
		Speed: func(levels map[string]string) float64 {
			speed := 1.0
			if levels["batching"] == "batch10" {
				speed *= 5
			}
			if levels["auth"] == "jwt" {
				speed *= 1.06
			}
			return speed
		},
	}
}

// Record draws a record of the shape; the same Shape gives the same record.
func Record(sh Shape) *record.Record {
	rng := rand.New(rand.NewPCG(7, 11))
	rec := Base(record.Scenario{Name: "matrix", Title: "Single or batched, HTTP/1.1 or HTTP/2, OAuth or JWT"}, sh.Axes, sh.Blocks)
	rec.Harness = record.Harness{
		CPUShare: new(0.34), OpenProcessors: 1, ClockStepMS: new(0.002),
		Process: record.Process{GCPauses: 412, GCPauseP99MS: new(0.21), FilesPeak: new(uint64(431)), FilesLimit: 20000},
		Mocks:   &record.Process{GCPauses: 388, GCPauseP99MS: new(0.17), FilesPeak: new(uint64(402)), FilesLimit: 20000},
	}
	for i := range rec.Arms {
		addTotals(&rec.Arms[i], sh, rng)
	}
	for block := range sh.Blocks {
		noise := math.Exp(0.1 * rng.NormFloat64()) // hits all arms alike
		for i := range rec.Arms {
			arm := &rec.Arms[i]
			b := record.Block{Index: block, Complete: true}
			speed := sh.Speed(arm.Levels) * noise * math.Exp(0.03*rng.NormFloat64())
			if sh.Open {
				b.Open = syntheticOpen(sh, arm.Name, speed, rng)
				b.Open.StartMS = float64(5000 * block)
			}
			if sh.Closed {
				b.Closed = syntheticClosed(speed, rng)
			}
			arm.Blocks = append(arm.Blocks, b)
		}
	}
	if sh.Open {
		addOverTime(rec, sh.Speed)
	}
	return rec
}

// addOverTime gives each block two seconds of open load, drawn from a seed of its own. Later
// blocks are slower, and fail more.
func addOverTime(rec *record.Record, speed func(map[string]string) float64) {
	rng := rand.New(rand.NewPCG(13, 17))
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		arm.OverTime = &record.Series{}
		for second := range 2 * len(arm.Blocks) {
			block := second / 2
			slow := 1 + float64(block/max(len(arm.Blocks)-1, 1))
			mean := 22 * slow / speed(arm.Levels) * math.Exp(0.1*rng.NormFloat64())
			failed := uint64(rng.IntN(2) + 3*int(slow-1))
			at := time.Duration(5*block+second%2) * time.Second
			longest := mean * (2 + rng.Float64())
			for n := range 100 - failed { // evenly spread below the mean and above it, and one that is longest
				ms := mean * (0.5 + float64(n)/float64(100-failed))
				if n+1 == 100-failed {
					ms = longest
				}
				arm.OverTime.AddAnswered(at, time.Duration(ms*float64(time.Millisecond)), -1)
			}
			for range failed {
				arm.OverTime.AddFailed(at, "server", 503, false)
			}
		}
	}
}

func addTotals(arm *record.Arm, sh Shape, rng *rand.Rand) {
	arm.Totals = record.Totals{
		Attempts: 4000, Connections: 3 + uint64(rng.IntN(90)), TokenRequests: 1, Tokens: record.Tokens{Input: 300000, Output: 192000},
		Wire: record.Wire{
			Sent:     record.Bytes{WireBytes: 3_000_000, PlainBytes: 2_800_000, HeaderBytes: 900_000, BodyBytes: 1_900_000},
			Received: record.Bytes{WireBytes: 2_000_000, PlainBytes: 1_900_000, HeaderBytes: 300_000, BodyBytes: 1_600_000},
			Requests: 3000,
		},
		ClientAuth: record.ClientAuth{Count: 2, TotalMS: 14, LifeMS: 3_570_000},
	}
	arm.Ledger = &record.Ledger{Matches: true, Attempts: 4000, Prompts: 4000, Statuses: map[string]uint64{"200": 4000}}
	if sh.Open {
		arm.Load.OpenPerS, arm.Load.Arrivals, arm.Load.OpenDurationMS = 100, "poisson", 2000
	}
	if sh.Closed {
		arm.Load.ClosedInFlight, arm.Load.ClosedDurationMS = 40, 400
	}
}

func syntheticOpen(sh Shape, arm string, speed float64, rng *rand.Rand) *record.Slice {
	s := record.NewSlice(0, 2000)
	for range sh.PromptsPerOpen {
		s.Due++
		s.Requests++
		s.Attempts++
		response := time.Duration(20e6 / speed * math.Exp(0.45*rng.NormFloat64()))
		lag := time.Duration(rng.IntN(300)) * time.Microsecond
		s.SendLag.Record(lag)
		s.SlotWait.Record(0)
		if rng.Float64() < 0.004 {
			s.Failed++
			s.Errors[[]string{"rate_limit", "server"}[rng.IntN(2)]]++
			s.FailedAfter.Record(response)
			continue
		}
		s.Answered++
		s.InWindow++
		s.Response.Record(response)
		syntheticParts(s, arm, response, lag)
		s.Service.Record(response * 9 / 10)
		s.FirstByte.Record(response * 8 / 10)
		s.LatencyError.Record(time.Duration(100+rng.IntN(500)) * time.Microsecond)
		if sh.Samples != nil {
			sh.Samples[arm] = append(sh.Samples[arm], response)
		}
	}
	s.Server = map[string]record.Sum{"auth": {Count: s.Attempts, TotalMS: 0.2 * float64(s.Attempts)}}
	s.Credentials = record.Credentials{Count: 1, TotalMS: 7, Requests: 1}
	s.Wire = record.Wire{
		Sent:     record.Bytes{WireBytes: 1000 * s.Requests, PlainBytes: 900 * s.Requests, HeaderBytes: 300 * s.Requests, BodyBytes: 600 * s.Requests},
		Received: record.Bytes{WireBytes: 700 * s.Requests, PlainBytes: 600 * s.Requests, HeaderBytes: 100 * s.Requests, BodyBytes: 500 * s.Requests},
		Requests: s.Requests,
	}
	return s
}

// syntheticParts splits a response; a batch takes a third of it to fill, and every
// fiftieth prompt needs a second attempt.
func syntheticParts(s *record.Slice, arm string, response, lag time.Duration) {
	rest := response
	add := func(to *record.Sum, d time.Duration) {
		to.Add(d)
		rest -= d
	}
	if strings.Contains(arm, "batch10") {
		add(&s.Parts.Fill, response/3)
	}
	if s.Due%50 == 0 {
		add(&s.Parts.Earlier, response/10)
		add(&s.Parts.Between, response/20)
	}
	add(&s.Parts.SendLag, min(lag, response/5))
	add(&s.Parts.Connect, 20*time.Microsecond)
	add(&s.Parts.Sending, 50*time.Microsecond)
	add(&s.Parts.Body, response/10)
	add(&s.Parts.Remainder, 15*time.Microsecond)
	s.Parts.AddServer("total", rest*9/10)
	s.Parts.AddServer("auth", 200*time.Microsecond)
	s.Parts.AddServer("model", rest*8/10)
	add(&s.Parts.Waiting, rest)
}

func syntheticClosed(speed float64, rng *rand.Rand) *record.Slice {
	s := &record.Slice{DurationMS: 400, Response: record.NewHist(), InFlight: 40, HarnessCPU: new(0.21), MachineCPU: new(0.54)}
	for range int(600 * speed * 0.4) {
		s.Due++
		s.Answered++
		s.InWindow++
		s.Requests++
		s.Attempts++
		s.Response.Record(time.Duration(25e6 / speed * math.Exp(0.2*rng.NormFloat64())))
	}
	return s
}

// Small is the shape of a record of two arms and two blocks, with open load only.
func Small() Shape {
	return Shape{
		Axes:   []record.Axis{{Name: "batching", Levels: []string{"single", "batch10"}}},
		Blocks: 2, Open: true, PromptsPerOpen: 100,
		Speed: func(map[string]string) float64 { return 1 },
	}
}

// SixteenArms is the shape of a record with four axes of two levels, with long names or short.
func SixteenArms(long bool) Shape {
	sh := Matrix()
	sh.Blocks = 2
	sh.Axes = append(sh.Axes, record.Axis{Name: "cache", Levels: []string{"off", "on"}})
	if long {
		for i := range sh.Axes {
			for j := range sh.Axes[i].Levels {
				sh.Axes[i].Levels[j] = fmt.Sprintf("%s-with-a-name-that-goes-on-and-on-for-long", sh.Axes[i].Levels[j])
			}
		}
	}
	return sh
}

// Interrupted makes a record with at least six arms that of an invalid run, interrupted in
// its last block, in which one arm got no answer.
func Interrupted(rec *record.Record) *record.Record {
	rec.Complete, rec.Stopped = false, "interrupt"
	rec.Invalid = []string{"send lag p99 of 9.1 ms is over 5 ms", "arm x: 4 answers spoke HTTP/1.1, not HTTP/2"}
	rec.Warnings = []string{"two levels of batching make the same arm"}
	for i := range rec.Arms {
		blocks := rec.Arms[i].Blocks
		blocks[len(blocks)-1].Complete = false
		blocks[len(blocks)-1].Closed = nil
	}
	arm := &rec.Arms[5]
	arm.Protocol, arm.Ledger = "", nil
	arm.Totals = record.Totals{}
	for j := range arm.Blocks {
		open := record.NewSlice(float64(5000*j), 2000)
		open.Due, open.Failed, open.Requests, open.Attempts = 200, 200, 200, 600
		for class, n := range map[string]uint64{"auth": 90, "timeout": 60, "transport": 30, "server": 20} {
			open.Errors[class] = n
		}
		arm.Blocks[j].Open = open
		if arm.Blocks[j].Complete {
			arm.Blocks[j].Closed = &record.Slice{StartMS: float64(5000*j + 2500), DurationMS: 400, Due: 40, Failed: 40, Requests: 40, Attempts: 40}
		}
	}
	arm.Failures = failuresOf(len(arm.Blocks))
	return rec
}

// failuresOf are the kinds of failure of an arm that gets no answer in so many blocks, two seconds of each five.
func failuresOf(blocks int) []reasons.Failure {
	n, last := uint64(blocks), 5*uint64(blocks-1)
	var open, closed, now, then []uint64
	for at := uint64(0); at <= last; at += 5 {
		open, now, then = append(open, at, at+1), append(now, at+at/5%2), append(then, at+1)
		if at < last {
			closed = append(closed, at+2)
		}
	}
	return []reasons.Failure{
		FailedIn(reasons.Failure{Phase: "open", Class: "auth", Status: 401, Words: "Invalid bearer token", Count: 90 * n, FirstMS: 3.5, Example: "Invalid bearer token"}, open...),
		FailedIn(reasons.Failure{Phase: "open", Class: "timeout", Words: "context deadline exceeded", Count: 60 * n, FirstMS: float64(1000*last) + 4, Example: "context deadline exceeded"}, last, last+1),
		FailedIn(reasons.Failure{Phase: "open", Class: "transport", Words: "read tcp …: read: connection reset by peer", Count: 30 * n, FirstMS: 120, Example: "read tcp 127.0.0.1:9000: read: connection reset by peer"}, now...),
		FailedIn(reasons.Failure{Phase: "open", Class: "server", Status: 503, Words: "No worker is free | try again in … s", Count: 20 * n, FirstMS: 1501, Example: "No worker is free | try again in 3 s"}, then...),
		FailedIn(reasons.Failure{Phase: "closed", Class: "auth", Status: 401, Words: "Invalid bearer token", Count: 40 * (n - 1), FirstMS: 2600, Example: "Invalid bearer token"}, closed...),
		FailedIn(reasons.Failure{Phase: "warmup", Class: "auth", Status: 401, Words: "Invalid bearer token", Count: 3, FirstMS: 12.25, Example: "Invalid bearer token"}, 0),
	}
}

// FailedIn is a kind of failure whose requests ended in the seconds: as many in each, and the rest in the first.
func FailedIn(f reasons.Failure, seconds ...uint64) reasons.Failure {
	f.OverTime = &reasons.Times{StepMS: 1000, AtSteps: seconds}
	n := uint64(len(seconds))
	for i := range seconds {
		count := f.Count / n
		if i == 0 {
			count += f.Count % n
		}
		f.OverTime.Counts = append(f.OverTime.Counts, count)
	}
	return f
}

// Reread is the record encoded and decoded.
func Reread(t testing.TB, rec *record.Record) *record.Record {
	t.Helper()
	raw, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	var back record.Record
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	return &back
}
