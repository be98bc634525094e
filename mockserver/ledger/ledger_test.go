package ledger_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"

	"weighbridge/mockserver/ledger"
)

var update = flag.Bool("update", false, "write the golden files")

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

func TestSnapshotIsPinned(t *testing.T) {
	l := ledger.New()
	for id := uint32(1); id <= 1000; id++ {
		l.Arrive(id, "open")
	}
	l.Arrive(7, "warmup")
	l.Arrive(0, "no such phase")
	entry := ledger.Entry{Status: 200, Took: 1500 * time.Microsecond, Prompts: 10, Input: 1000, Output: 640}
	entry.Deal("item_errors", 2)
	l.Finish(entry)
	l.Finish(ledger.Entry{Status: 500, Took: 2 * time.Hour, Faults: map[string]uint64{"errors": 1}})
	l.Finish(ledger.Entry{Faults: map[string]uint64{"reset": 1}, Took: time.Second})
	l.Finish(ledger.Entry{Gone: true, Prompts: 1})
	l.TokenRequest()
	l.Introspection()
	s := snapshot(t, l)
	s.Served = "(as compressed as the toolchain's zlib does; TestServedHoldsAnsweredAttempts reads it)"
	got, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "snapshot.golden")
	if *update {
		if err := os.WriteFile(path, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)+"\n"); diff != "" {
		t.Error(diff)
	}
}

func TestArriveNumbersAttempts(t *testing.T) {
	l := ledger.New()
	for i, test := range []struct {
		id   uint32
		want uint64
	}{{5, 5}, {0, 1}, {6, 6}, {0, 2}, {5, 5}, {1<<32 - 1, 1<<32 - 1}} {
		if got := l.Arrive(test.id, ""); got != test.want {
			t.Errorf("arrival %d is numbered %d, want %d", i, got, test.want)
		}
	}
	s := snapshot(t, l)
	if s.Attempts != 6 || s.Unnamed != 2 || s.Duplicates != 1 || s.Phases["other"] != 6 {
		t.Errorf("the ledger says %+v", s)
	}
	if got := ids(t, s).ToArray(); !cmp.Equal(got, []uint32{5, 6, 1<<32 - 1}) {
		t.Errorf("it holds the ids %v", got)
	}
}

func TestServedHoldsAnsweredAttempts(t *testing.T) {
	l := ledger.New()
	for _, e := range []ledger.Entry{
		{Status: 200, Took: 20 * time.Millisecond},
		{Status: 401, Took: -time.Second},
		{Status: 200, Took: 2 * time.Hour},
		{Took: time.Second},
	} {
		l.Finish(e)
	}
	served, err := hdrhistogram.Decode([]byte(snapshot(t, l).Served))
	if err != nil {
		t.Fatal(err)
	}
	if served.TotalCount() != 3 {
		t.Errorf("%d durations, want those of the 3 answers", served.TotalCount())
	}
	if got := served.ValueAtQuantile(50); got < 19_980 || got > 20_020 {
		t.Errorf("the median is %d µs, want 20000", got)
	}
	if got := served.Max(); got < int64(time.Hour/time.Microsecond) {
		t.Errorf("what exceeds an hour is kept as %d µs", got)
	}
}

func TestSnapshotIsACopy(t *testing.T) {
	l := ledger.New()
	before := snapshot(t, l)
	l.Arrive(1, "open")
	l.Finish(ledger.Entry{Status: 200, Faults: map[string]uint64{"limit": 1}})
	if before.Statuses["200"] != 0 || before.Phases["open"] != 0 || before.Faults["limit"] != 0 {
		t.Errorf("an old snapshot changed: %+v", before)
	}
}

func TestLedgerCountsConcurrently(t *testing.T) {
	const clients, each = 50, 200
	l := ledger.New()
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := range each {
				l.Arrive(uint32(c*each+i+1), "open")
				l.Finish(ledger.Entry{Status: 200, Took: time.Millisecond, Prompts: 2})
				if i%50 == 0 {
					_, _ = l.Snapshot()
				}
			}
		})
	}
	all.Wait()
	s := snapshot(t, l)
	if s.Attempts != clients*each || s.Statuses["200"] != clients*each || s.Prompts != 2*clients*each || s.Duplicates != 0 {
		t.Errorf("the ledger says %+v", s)
	}
	if bitmap := ids(t, s); bitmap.GetCardinality() != clients*each || bitmap.Minimum() != 1 || bitmap.Maximum() != clients*each {
		t.Errorf("the ids are not 1 to %d", clients*each)
	}
}
