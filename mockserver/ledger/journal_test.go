package ledger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/golden"
	"weighbridge/mockserver/ledger"
)

func lines() []ledger.Line {
	requests, output := 9.5, 640.0
	return []ledger.Line{
		{
			N: 7, ID: 7, Route: "POST /v1/messages", Status: 200, Prompts: 10,
			Faults:   map[string]uint64{"stall": 1, "delay": 1, "item_errors": 2},
			Intended: 12*time.Millisecond + 345_678, TokenGeneration: 3,
			At: 1500 * time.Millisecond, Actual: 13 * time.Millisecond, Took: 14 * time.Millisecond,
			Buckets: ledger.Buckets{Requests: &requests, OutputTokens: &output},
		},
		{N: 1, Route: "GET /v1/messages/batches/{id}", At: time.Hour, Took: 1},
	}
}

func TestJournalMatchesGolden(t *testing.T) {
	var got bytes.Buffer
	journal := ledger.NewJournal(&got)
	for _, line := range lines() {
		journal.Write(line)
	}
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	golden.Check(t, "testdata/journal.golden", got.Bytes())
}

// Lines that differ only in what depends on the clock are equal up to "times".
func TestJournalPutsTimesLast(t *testing.T) {
	decisions := func(change func(*ledger.Line)) string {
		var out bytes.Buffer
		journal := ledger.NewJournal(&out)
		for _, line := range lines() {
			change(&line)
			journal.Write(line)
		}
		if err := journal.Close(); err != nil {
			t.Fatal(err)
		}
		var kept strings.Builder
		for line := range strings.Lines(out.String()) {
			decided, times, found := strings.Cut(line, `,"times":`)
			if !found || strings.Count(times, "{") != 2 {
				t.Errorf("times are not last in %s", line)
			}
			kept.WriteString(decided + "\n")
		}
		return kept.String()
	}
	first := decisions(func(*ledger.Line) {})
	same := decisions(func(l *ledger.Line) {
		l.At, l.Actual, l.Took, l.Buckets = l.At+1, l.Actual+1, l.Took+1, ledger.Buckets{InputTokens: new(float64)}
	})
	if diff := cmp.Diff(first, same); diff != "" {
		t.Error(diff)
	}
	if other := decisions(func(l *ledger.Line) { l.Intended++ }); other == first {
		t.Error("a different decision makes the same journal")
	}
}

func TestJournalWritesWholeLinesConcurrently(t *testing.T) {
	const writers, each = 20, 200
	var out bytes.Buffer
	journal := ledger.NewJournal(&out)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() {
			for i := range each {
				journal.Write(ledger.Line{N: uint64(w*each + i), Route: strings.Repeat("x", i)})
			}
		})
	}
	all.Wait()
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[uint64]bool{}
	for line := range strings.Lines(out.String()) {
		var l struct {
			N     uint64
			Route string
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("%v in %q", err, line)
		}
		if len(l.Route) != int(l.N%each) {
			t.Fatalf("line %d has a route of %d characters", l.N, len(l.Route))
		}
		seen[l.N] = true
	}
	if len(seen) != writers*each {
		t.Errorf("%d lines, want %d", len(seen), writers*each)
	}
}

// fullDisk fails after n writes.
type fullDisk struct{ n int }

var errFull = errors.New("no space left")

func (f *fullDisk) Write(p []byte) (int, error) {
	if f.n--; f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestJournalKeepsItsFirstError(t *testing.T) {
	disk := &fullDisk{n: 1}
	journal := ledger.NewJournal(disk)
	journal.Write(ledger.Line{})
	if err := journal.Flush(); err != nil {
		t.Fatal(err)
	}
	journal.Write(ledger.Line{})
	if err := journal.Flush(); !errors.Is(err, errFull) {
		t.Errorf("with a full disk Flush returns %v", err)
	}
	disk.n = 10
	journal.Write(ledger.Line{})
	if err := journal.Close(); !errors.Is(err, errFull) || disk.n != 10 {
		t.Errorf("Close returns %v, and %d writes were made after the error", err, 10-disk.n)
	}
}
