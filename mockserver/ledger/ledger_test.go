package ledger_test

import (
	"encoding/json"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"weighbridge/bench/golden"
	"weighbridge/mockserver/ledger"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var faults = []string{"errors", "item_errors", "reset", "limit", "queue"}

func snapshot(t *testing.T, l *ledger.Ledger) ledger.Snapshot {
	t.Helper()
	s, err := l.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ids(t *testing.T, s ledger.Snapshot) *roaring.Bitmap {
	t.Helper()
	bitmap := roaring.New()
	if _, err := bitmap.FromBase64(s.IDs); err != nil {
		t.Fatal(err)
	}
	return bitmap
}

// durations decodes a histogram of the ledger.
func durations(t *testing.T, text string) *hdrhistogram.Histogram {
	t.Helper()
	h, err := hdrhistogram.Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestSnapshotMatchesGolden(t *testing.T) {
	l := ledger.New(faults)
	for id := uint32(1); id <= 1000; id++ {
		l.Arrive(id, "open")
	}
	l.Arrive(7, "warmup")
	l.Arrive(0, "no such phase")
	entry := ledger.Entry{Route: "POST /v1/messages", Status: 200, Took: 1500 * time.Microsecond, Prompts: 10, Input: 1000, Output: 640}
	entry.AddFault("item_errors", 2)
	l.Finish(entry)
	l.Finish(ledger.Entry{Status: 500, Took: 2 * time.Hour, Faults: map[string]uint64{"errors": 1}})
	l.Finish(ledger.Entry{Faults: map[string]uint64{"reset": 1}, Took: time.Second, Dropped: true})
	l.Finish(ledger.Entry{Gone: true, Prompts: 1})
	l.TokenRequest()
	l.Introspection()
	s := snapshot(t, l)
	s.Served = "(depends on the toolchain's zlib; TestServedCountsAnsweredAttempts decodes it)"
	for _, table := range []map[string]string{s.ServedByStatus, s.Faulted} {
		for key := range table {
			table[key] = "(the same)"
		}
	}
	for name, route := range s.Routes {
		if route.Served != "" {
			route.Served = "(the same)"
		}
		s.Routes[name] = route
	}
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/snapshot.golden", append(got, '\n'))
}

func TestArriveNumbersAttempts(t *testing.T) {
	l := ledger.New(faults)
	for i, test := range []struct {
		id   uint32
		want uint64
	}{{5, 5}, {0, 1}, {6, 6}, {0, 2}, {5, 5}, {1<<32 - 1, 1<<32 - 1}} {
		if got := l.Arrive(test.id, ""); got != test.want {
			t.Errorf("arrival %d has the number %d, want %d", i, got, test.want)
		}
	}
	s := snapshot(t, l)
	if s.Attempts != 6 || s.Unnamed != 2 || s.Duplicates != 1 || s.Phases["other"] != 6 {
		t.Errorf("the ledger is %+v", s)
	}
	if got := ids(t, s).ToArray(); !cmp.Equal(got, []uint32{5, 6, 1<<32 - 1}) {
		t.Errorf("the ledger has the IDs %v", got)
	}
}

func TestServedCountsAnsweredAttempts(t *testing.T) {
	l := ledger.New(faults)
	for _, e := range []ledger.Entry{
		{Status: 200, Took: 20 * time.Millisecond},
		{Status: 401, Took: -time.Second},
		{Status: 200, Took: 2 * time.Hour},
		{Took: time.Second},
	} {
		l.Finish(e)
	}
	served := durations(t, snapshot(t, l).Served)
	if served.TotalCount() != 3 {
		t.Errorf("%d durations, want 3, one per answer", served.TotalCount())
	}
	if got := served.ValueAtQuantile(50); got < 19_980 || got > 20_020 {
		t.Errorf("the median is %d µs, want 20000", got)
	}
	if got := served.Max(); got < int64(time.Hour/time.Microsecond) {
		t.Errorf("a duration over an hour is recorded as %d µs", got)
	}
}

func TestDurationsByRouteStatusAndFault(t *testing.T) {
	l := ledger.New(faults)
	for _, e := range []ledger.Entry{
		{Route: "POST /a", Status: 200, Took: 10 * time.Millisecond},
		{Route: "POST /a", Status: 200, Took: 10 * time.Millisecond, Faults: map[string]uint64{"item_errors": 3}},
		{Route: "POST /a", Status: 500, Took: 100 * time.Millisecond, Faults: map[string]uint64{"errors": 1}},
		{Route: "POST /b", Took: time.Second, Dropped: true, Faults: map[string]uint64{"reset": 1}},
		{Status: 404, Took: time.Millisecond},
		{Route: "POST /c", Status: 201, Took: 100 * time.Millisecond, FirstContent: 40 * time.Millisecond, PerToken: 5 * time.Millisecond},
	} {
		l.Finish(e)
	}
	s := snapshot(t, l)
	for _, test := range []struct {
		name, hist string
		n, max     int64 // µs
	}{
		{"POST /a", s.Routes["POST /a"].Served, 3, 100_000},
		{"other", s.Routes["other"].Served, 1, 1000},
		{"200", s.ServedByStatus["200"], 2, 10_000},
		{"500", s.ServedByStatus["500"], 1, 100_000},
		{"item_errors", s.Faulted["item_errors"], 1, 10_000},
		{"reset", s.Faulted["reset"], 1, 1_000_000},
		{"first content", s.FirstContent, 1, 40_000},
		{"per token", s.PerToken, 1, 5_000},
	} {
		h := durations(t, test.hist)
		if off := h.Max() - test.max; h.TotalCount() != test.n || off < -test.max/100 || off > test.max/100 {
			t.Errorf("%s has %d durations up to %d µs, want %d up to %d", test.name, h.TotalCount(), h.Max(), test.n, test.max)
		}
	}
	if route := s.Routes["POST /b"]; route.Attempts != 1 || route.Served != "" || len(route.Statuses) != 0 {
		t.Errorf("a route without answers is %+v", route)
	}
	if got := s.Routes["POST /a"].Statuses; !cmp.Equal(got, map[string]uint64{"200": 2, "500": 1}) {
		t.Errorf("the statuses of a route are %v", got)
	}
	if len(s.Faulted) != 3 || len(s.Faults) != len(faults) {
		t.Errorf("durations of %d faults and counts of %d, want 3 and %d", len(s.Faulted), len(s.Faults), len(faults))
	}
}

// Every attempt is counted exactly once, by route and in total.
func TestAttemptsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := ledger.New(faults)
		for _, e := range rapid.SliceOf(rapid.Custom(func(t *rapid.T) ledger.Entry {
			return ledger.Entry{
				Route:  rapid.SampledFrom([]string{"", "POST /a", "GET /b"}).Draw(t, "route"),
				Status: rapid.SampledFrom([]int{0, 200, 429}).Draw(t, "status"),
				Gone:   rapid.Bool().Draw(t, "gone"), Dropped: rapid.Bool().Draw(t, "dropped"),
			}
		})).Draw(t, "entries") {
			l.Arrive(0, "")
			l.Finish(e)
		}
		s, err := l.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		byStatus, byRoute := s.Dropped+s.Gone, uint64(0)
		for _, n := range s.Statuses {
			byStatus += n
		}
		for _, route := range s.Routes {
			byRoute += route.Attempts
		}
		if s.Attempts != byStatus || s.Attempts != byRoute {
			t.Fatalf("%d attempts ended %d times, on routes %d times", s.Attempts, byStatus, byRoute)
		}
	})
}

func TestAttemptEndsOnlyOnce(t *testing.T) {
	l := ledger.New(faults)
	l.Finish(ledger.Entry{Status: 200, Gone: true, Dropped: true})
	l.Finish(ledger.Entry{Status: 200, Dropped: true})
	l.Finish(ledger.Entry{})
	if s := snapshot(t, l); s.Gone != 1 || s.Dropped != 2 || len(s.Statuses) != 0 || durations(t, s.Served).TotalCount() != 0 {
		t.Errorf("%d gone, %d dropped, statuses %v, want 1, 2 and none", s.Gone, s.Dropped, s.Statuses)
	}
}

func TestLedgerSizeIsBounded(t *testing.T) {
	l := ledger.New(faults)
	for i := range 1000 {
		name := strconv.Itoa(i)
		l.Finish(ledger.Entry{Route: name, Status: i + 1, Faults: map[string]uint64{name: 1}})
		l.Finish(ledger.Entry{Route: "same", Status: i + 1})
	}
	s := snapshot(t, l)
	for what, n := range map[string]int{
		"routes": len(s.Routes), "statuses": len(s.Statuses), "faults": len(s.Faults), "statuses of a route": len(s.Routes["same"].Statuses),
	} {
		if n != 65 { // maxDistinct and other
			t.Errorf("%d %s, want 65", n, what)
		}
	}
	if s.Routes["other"].Attempts != 1000-63 || s.Faults["other"] != 1000-64+uint64(len(faults)) || s.Statuses["0"] != 2*(1000-64) {
		t.Errorf("the counts of other are %d, %d, %d", s.Routes["other"].Attempts, s.Faults["other"], s.Statuses["0"])
	}
}

func TestReset(t *testing.T) {
	l := ledger.New(faults)
	fresh := snapshot(t, l)
	l.Arrive(7, "open")
	l.Arrive(0, "nothing known")
	l.TokenRequest()
	l.Finish(ledger.Entry{Route: "POST /a", Status: 200, Input: 1, Faults: map[string]uint64{"limit": 1, "unlisted": 1}})
	if diff := cmp.Diff(fresh, snapshot(t, l)); diff == "" {
		t.Fatal("nothing was counted")
	}
	l.Reset()
	if diff := cmp.Diff(fresh, snapshot(t, l)); diff != "" {
		t.Errorf("after Reset:\n%s", diff)
	}
	if got := l.Arrive(0, ""); got != 1 {
		t.Errorf("the first attempt without an ID has the number %d", got)
	}
}

func TestSnapshotIsACopy(t *testing.T) {
	l := ledger.New(faults)
	before := snapshot(t, l)
	l.Arrive(1, "open")
	l.Finish(ledger.Entry{Status: 200, Faults: map[string]uint64{"limit": 1}})
	if before.Statuses["200"] != 0 || len(before.Routes) != 0 || before.Phases["open"] != 0 || before.Faults["limit"] != 0 {
		t.Errorf("an earlier snapshot changed: %+v", before)
	}
}

func TestLedgerCountsConcurrently(t *testing.T) {
	const clients, each = 50, 200
	l := ledger.New(faults)
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				l.Arrive(uint32(c*each+i+1), "open")
				l.Finish(ledger.Entry{Route: "POST /a", Status: 200, Took: time.Millisecond, Prompts: 2})
				if i%50 == 0 {
					_, _ = l.Snapshot()
				}
			}
		})
	}
	all.Wait()
	s := snapshot(t, l)
	if s.Attempts != clients*each || s.Statuses["200"] != clients*each ||
		s.Routes["POST /a"].Attempts != clients*each || s.Prompts != 2*clients*each || s.Duplicates != 0 {
		t.Errorf("the ledger is %+v", s)
	}
	if bitmap := ids(t, s); bitmap.GetCardinality() != clients*each || bitmap.Minimum() != 1 || bitmap.Maximum() != clients*each {
		t.Errorf("the IDs are not 1 to %d", clients*each)
	}
}
