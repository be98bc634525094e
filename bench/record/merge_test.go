package record

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weighbridge/bench/record/byregion"
	"weighbridge/bench/record/ratelimit"
)

// mergeable is a type that merges, such as *Hist.
type mergeable[T any] interface {
	*T
	Merge(other *T)
}

// checkMerge checks that merging is associative and commutative, has an identity, adds
// up the counts, and leaves what is merged as it was.
func checkMerge[T any, P mergeable[T]](t *testing.T, draw func(*rapid.T) P, identity func() P, counts func(P) map[string]uint64) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := draw(t), draw(t), draw(t)
		before := encoded(t, a, b, c)
		sum := func(parts ...P) P {
			all := identity()
			for _, part := range parts {
				all.Merge(part)
			}
			return all
		}
		same := func(law string, left, right P) {
			if diff := cmp.Diff(encoded(t, left), encoded(t, right)); diff != "" {
				t.Fatalf("%s: %s", law, diff)
			}
		}
		same("associative", sum(sum(a, b), c), sum(a, sum(b, c)))
		same("commutative", sum(a, b), sum(b, a))
		same("left identity", sum(a), a)
		same("right identity", sum(a, identity()), a)
		same("nil is nothing", sum(a, nil), a)
		want := map[string]uint64{}
		for _, part := range []P{a, b} {
			for what, n := range counts(part) {
				want[what] += n
			}
		}
		if diff := cmp.Diff(want, counts(sum(a, b))); diff != "" {
			t.Fatalf("the counts do not add up: %s", diff)
		}
		sum(a, b).Merge(c)
		grown := sum(a)
		grown.Merge(b)
		if after := encoded(t, a, b, c); after != before {
			t.Fatalf("merging changed what was merged: %s", cmp.Diff(before, after))
		}
	})
}

// encoded is values as they are written.
func encoded(t *rapid.T, values ...any) string {
	raw, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func count(t *rapid.T) uint64 { return rapid.Uint64Range(0, 1000).Draw(t, "count") }

func ms(t *rapid.T) float64 {
	return float64(rapid.Int64Range(0, int64(time.Hour)).Draw(t, "ns")) / float64(time.Millisecond)
}

func drawSum(t *rapid.T) Sum { return Sum{Count: count(t), TotalMS: ms(t)} }

func optional[T any](t *rapid.T, draw func(*rapid.T) T) *T {
	if rapid.Bool().Draw(t, "nil") {
		return nil
	}
	return new(draw(t))
}

func drawMap[V any](t *rapid.T, value func(*rapid.T) V) map[string]V {
	m := map[string]V{}
	for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 1, 3, rapid.ID).Draw(t, "keys") {
		m[key] = value(t)
	}
	return m
}

func drawHist(t *rapid.T) *Hist {
	h := NewHist()
	for _, d := range rapid.SliceOfN(rapid.Int64Range(0, int64(2*time.Hour)), 0, 5).Draw(t, "durations") {
		h.Record(time.Duration(d))
	}
	if rapid.Bool().Draw(t, "packed") {
		h.pack()
	}
	return h
}

func drawParts(t *rapid.T) *Parts {
	p := &Parts{}
	for _, part := range p.All() {
		*part.Sum = drawSum(t)
	}
	p.Server = drawMap(t, drawSum)
	return p
}

func drawSeries(t *rapid.T) *Series {
	s := &Series{}
	for range rapid.IntRange(0, 6).Draw(t, "points") {
		p := Point{Due: 3, Answered: 1, Failed: 1, Own: rapid.Uint64Range(0, 1).Draw(t, "own"), ResponseTotalMS: ms(t), ResponseMaxMS: ms(t)}
		s.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "second"))*time.Second, p)
	}
	s.coarsenTo(fewPoints)
	return s
}

const fewPoints = 3

// shortSeries merges as a Series does, but is full with few points.
type shortSeries Series

func (s *shortSeries) Merge(other *shortSeries) {
	(*Series)(s).merge((*Series)(other), fewPoints)
}

func drawLimits(t *rapid.T) (limits ratelimit.Limits) {
	for range rapid.IntRange(0, 3).Draw(t, "limits") {
		limits.Add(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "limit"), ratelimit.Level{
			AtMS: float64(count(t)), Limit: optional(t, count), Remaining: optional(t, count), ResetMS: optional(t, ms),
		})
	}
	return limits
}

func drawSlice(t *rapid.T) *Slice {
	s := &Slice{}
	hists := s.Hists()
	for range 2 { // of all twelve: each costs time
		*rapid.SampledFrom(hists).Draw(t, "histogram").Hist = drawHist(t)
	}
	if s.DurationMS = ms(t); s.DurationMS > 0 {
		s.StartMS = ms(t)
	}
	s.Answered, s.CutOff, s.Generator, s.NeverSent = count(t), count(t), count(t), count(t)
	s.Failed, s.Turns, s.Covered = s.CutOff+s.Generator+count(t), drawSum(t), ms(t)
	s.Due, s.Behind, s.Overdue = s.Answered+s.Failed+s.NeverSent, ms(t), ms(t)
	s.InWindow, s.UsageInWindow, s.OutputInWindow, s.Requests, s.Attempts = count(t), count(t), count(t), count(t), count(t)
	s.Good, s.Unjudged, s.Finish = count(t), count(t), drawMap(t, count)
	s.Wire, s.Credentials = Wire{drawBytes(t), drawBytes(t), count(t)}, Credentials{count(t), ms(t), count(t)}
	s.Span, s.Remarks, s.Usage = Span{ms(t), ms(t)}, drawMap(t, count), optional(t, drawUsage)
	s.Conversations, s.Batches = optional(t, drawConversations), optional(t, drawBatches)
	s.InFlight, s.Replays, s.HarnessCPU, s.MachineCPU = count(t), count(t), optional(t, ms), optional(t, ms)
	s.HeldBack, s.HeldBy = count(t), drawMap(t, count)
	s.RateLimits, s.Refused = drawLimits(t), drawMap(t, count)
	s.RetriesRefused, s.Allowed, s.Outages = optional(t, count), optional(t, drawAllowed), optional(t, drawOutages)
	s.Regions, s.UnavailableMS = drawMap(t, drawRegion), optional(t, ms)
	s.Errors, s.Server, s.Parts, s.Caches = drawMap(t, count), drawMap(t, drawSum), drawParts(t), &Caches{count(t), count(t), count(t), count(t), count(t), count(t), drawTokens(t), drawTokens(t)}
	if s.Answered > 0 {
		s.Percentiles = optional(t, func(t *rapid.T) Percentiles { return Percentiles{ms(t), ms(t), ms(t), ms(t), ms(t), ms(t)} })
	}
	return s
}

func drawRegion(t *rapid.T) byregion.Region {
	return byregion.Region{Attempts: count(t), Answered: count(t), TookUS: count(t), Moved: count(t), Sessions: drawMap(t, count)}
}

func drawRegionLedger(t *rapid.T) byregion.Ledger {
	return byregion.Ledger{
		Matches: rapid.Bool().Draw(t, "region matches"), Attempts: count(t), Dark: count(t), Sessions: drawMap(t, count), HealthChecks: count(t),
	}
}

func drawConversations(t *rapid.T) Conversations {
	c := Conversations{count(t), count(t), count(t), count(t), count(t), count(t), count(t), nil}
	for range rapid.IntRange(0, 3).Draw(t, "turns") {
		c.Turns = append(c.Turns, Turn{drawHist(t), drawHist(t)})
	}
	return c
}

func drawAllowed(t *rapid.T) Allowed {
	a := Allowed{Requests: count(t)}
	if a.Requests > 0 {
		a.Total, a.Least, a.Most = count(t), count(t), count(t)
	}
	return a
}

func drawBatches(t *rapid.T) Batches {
	return Batches{
		Submitted: count(t), Ended: count(t), Canceled: count(t), Polls: count(t), FailedPolls: count(t),
		Completion: drawSum(t), Doubt: drawSum(t), Server: drawSum(t), ServerDoubtMS: ms(t), Results: drawMap(t, count),
		Missing: count(t), Doubled: count(t), Foreign: count(t), Unreadable: count(t),
	}
}

func drawUsage(t *rapid.T) Usage {
	reported := func() Reported { return Reported{count(t), count(t)} }
	return Usage{count(t), reported(), reported(), reported(), reported()}
}

func drawTokens(t *rapid.T) Tokens { return Tokens{count(t), count(t), count(t), count(t)} }

func drawBytes(t *rapid.T) Bytes { return Bytes{count(t), count(t), count(t), count(t)} }

func drawTotals(t *rapid.T) *Totals {
	return &Totals{
		Attempts: count(t), Answered: count(t), Unsettled: count(t), Connections: count(t), Opening: Opening{drawSum(t), drawSum(t), drawSum(t)}, PeakStreams: count(t),
		Pushes: count(t), TokenRequests: count(t), Tokens: drawTokens(t), Unreported: drawTokens(t), Wire: Wire{drawBytes(t), drawBytes(t), count(t)},
		ClientAuth: ClientAuth{count(t), ms(t), ms(t), rapid.Bool().Draw(t, "per request")}, WrongProtocol: count(t), Limits: drawMap(t, count),
	}
}

func drawLedger(t *rapid.T) *Ledger {
	return &Ledger{
		Matches: rapid.Bool().Draw(t, "matches"), Unread: rapid.SampledFrom([]string{"", "refused", "timeout"}).Draw(t, "unread"), Attempts: count(t), Absent: count(t), Unanswered: count(t), Prompts: count(t),
		Statuses: drawMap(t, count), Faults: drawMap(t, count), Tokens: drawTokens(t), TokenRequests: count(t), EdgeHits: count(t), Served: drawHist(t),
		Callbacks: drawSent(t), Pushes: Pushes{count(t), count(t), count(t), count(t), count(t)},
		Regions: drawMap(t, drawRegionLedger),
	}
}

func drawProcess(t *rapid.T) *Process {
	few := func(t *rapid.T) uint64 { return rapid.Uint64Range(0, 4).Draw(t, "files") } // so that shares are equal now and then
	return &Process{
		GCPauses: count(t), GCPauseP99MS: optional(t, ms), GCStopP999MS: optional(t, ms),
		FilesPeak: optional(t, few), FilesLimit: few(t),
	}
}

func drawHarness(t *rapid.T) *Harness {
	h := &Harness{CPUShare: optional(t, ms), OpenProcessors: int(count(t)), Process: *drawProcess(t), ClockStepMS: optional(t, ms)}
	h.Mocks = optional(t, func(t *rapid.T) Process { return *drawProcess(t) })
	return h
}

func zero[T any]() *T { return new(T) }

func TestMerge(t *testing.T) {
	t.Run("Hist", func(t *testing.T) {
		checkMerge(t, drawHist, NewHist, func(h *Hist) map[string]uint64 { return map[string]uint64{"all": h.Count()} })
	})
	t.Run("Parts", func(t *testing.T) {
		checkMerge(t, drawParts, zero, countsOf)
	})
	t.Run("Series", func(t *testing.T) {
		draw := func(t *rapid.T) *shortSeries { return (*shortSeries)(drawSeries(t)) }
		checkMerge(t, draw, zero, func(s *shortSeries) map[string]uint64 {
			n := map[string]uint64{}
			for _, p := range s.Points {
				n["due"], n["answered"], n["failed"], n["own"] = n["due"]+p.Due, n["answered"]+p.Answered, n["failed"]+p.Failed, n["own"]+p.Own
			}
			return n
		})
	})
	t.Run("Slice", func(t *testing.T) {
		draw := func(t *rapid.T) *sliceByOne { return (*sliceByOne)(drawSlice(t)) }
		checkMerge(t, draw, zero, func(s *sliceByOne) map[string]uint64 {
			all := Slice(*s)
			all.InFlight = 0 // a maximum
			if all.Allowed != nil {
				all.Allowed = &Allowed{Requests: all.Allowed.Requests, Total: all.Allowed.Total} // without the extremes
			}
			n := countsOf(&all)
			for _, h := range (*Slice)(s).Hists() {
				if *h.Hist != nil {
					n[h.Name] = (*h.Hist).Count()
				}
			}
			return n
		})
	})
	t.Run("Totals", func(t *testing.T) {
		checkMerge(t, drawTotals, zero, func(m *Totals) map[string]uint64 {
			m = new(*m)
			m.PeakStreams = 0 // a maximum
			return countsOf(m)
		})
	})
	t.Run("Ledger", func(t *testing.T) {
		checkMerge(t, drawLedger, func() *Ledger { return &Ledger{Matches: true} }, countsOf)
	})
	t.Run("Process", func(t *testing.T) {
		checkMerge(t, drawProcess, zero, func(p *Process) map[string]uint64 { return map[string]uint64{"pauses": p.GCPauses} })
	})
	t.Run("Harness", func(t *testing.T) {
		checkMerge(t, drawHarness, zero, func(h *Harness) map[string]uint64 { return map[string]uint64{"pauses": h.GCPauses} })
	})
}

// sliceByOne merges slices one by one.
type sliceByOne Slice

func (s *sliceByOne) Merge(other *sliceByOne) { (*Slice)(s).Merge((*Slice)(other)) }

// countsOf are all counts in a value, however deep, by their path.
func countsOf[T any](of *T) map[string]uint64 {
	n := map[string]uint64{}
	addCountsOf(n, "", reflect.ValueOf(of).Elem())
	return n
}

func addCountsOf(n map[string]uint64, path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Uint64:
		n[path] += v.Uint()
	case reflect.Pointer:
		if _, isHist := v.Interface().(*Hist); !isHist && !v.IsNil() {
			addCountsOf(n, path, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			addCountsOf(n, path+"."+v.Type().Field(i).Name, v.Field(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			addCountsOf(n, path+"."+key.String(), v.MapIndex(key))
		}
	}
}

func TestSlicesMergeAtOnceAsOneByOne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := drawSlice(t), drawSlice(t), drawSlice(t)
		var atOnce, oneByOne Slice
		atOnce.Merge(a, nil, b, c)
		for _, s := range []*Slice{a, b, c} {
			oneByOne.Merge(s)
		}
		if diff := cmp.Diff(encoded(t, oneByOne), encoded(t, atOnce)); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestMergedSliceCoversBoth(t *testing.T) {
	s := &Slice{StartMS: 50, DurationMS: 400, Answered: 1, Percentiles: &Percentiles{P50MS: 1}}
	s.Merge(&Slice{StartMS: 40, DurationMS: 390})
	if s.StartMS != 40 || s.DurationMS != 400 || s.Percentiles == nil {
		t.Errorf("from %v ms for %v ms, percentiles %v; want from 40 for 400, and the percentiles of the one with answers", s.StartMS, s.DurationMS, s.Percentiles)
	}
	if s.Merge(&Slice{Answered: 1, Percentiles: &Percentiles{P50MS: 2}}); s.Percentiles != nil {
		t.Errorf("percentiles of two slices are merged to %+v", s.Percentiles)
	}
}

func TestMergedProcessIsTheWorse(t *testing.T) {
	quiet := &Process{GCPauses: 2, GCPauseP99MS: new(0.1), GCStopP999MS: new(0.0), FilesPeak: new(uint64(50)), FilesLimit: 10_000}
	busy := &Process{GCPauses: 3, GCPauseP99MS: new(7.0), GCStopP999MS: new(6.0), FilesPeak: new(uint64(40)), FilesLimit: 100}
	quiet.Merge(busy)
	want := &Process{GCPauses: 5, GCPauseP99MS: new(7.0), GCStopP999MS: new(6.0), FilesPeak: new(uint64(40)), FilesLimit: 100}
	if diff := cmp.Diff(want, quiet); diff != "" {
		t.Error(diff)
	}
}

func TestMergedHistRecordsAgain(t *testing.T) {
	h := NewHist()
	h.Record(time.Millisecond)
	h.pack()
	h.Merge(nil)
	h.Record(time.Second)
	if h.Count() != 2 {
		t.Errorf("%d durations, want 2", h.Count())
	}
}

// A histogram that Hists leaves out would be lost in merging, and kept in a slim record.
func TestHistsAreThoseOfTheRecordInItsOrder(t *testing.T) {
	var s Slice
	var want, got []string
	fields := reflect.ValueOf(&s).Elem()
	for i := range fields.NumField() {
		if h, ok := fields.Field(i).Addr().Interface().(**Hist); ok {
			name, _, _ := strings.Cut(fields.Type().Field(i).Tag.Get("json"), ",")
			want = append(want, name)
			*h = &Hist{packed: []byte(name)}
		}
	}
	for _, h := range s.Hists() {
		got = append(got, h.Name)
		if string((*h.Hist).packed) != h.Name {
			t.Errorf("%s is another histogram", h.Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
