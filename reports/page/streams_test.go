package page

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// withBatches gives the second arm of a record two batches in place of its blocks.
func withBatches(rec *record.Record, of ...record.Batches) Source {
	arm := &rec.Arms[1]
	arm.Load = record.Load{BatchPrompts: 1000, BatchPollMS: 60_000}
	arm.Blocks = nil
	for i := range of {
		s := &record.Slice{DurationMS: 600_000, Due: 1000, Answered: 1000, InWindow: 1000, Batches: &of[i]}
		arm.Blocks = append(arm.Blocks, record.Block{Index: i, Complete: true, Batch: s})
	}
	return SourceOf(&summary.Judged{Record: rec})
}

// The completion of a batch is told with its doubt, beside the time by the server's clock with its own.
func TestTableOfBatches(t *testing.T) {
	t.Parallel()
	rec := func() *record.Record { return recordtest.Record(recordtest.Small()) }
	from := withBatches(
		rec(),
		record.Batches{
			Submitted: 1, Ended: 1, Polls: 10, FailedPolls: 2, Completion: record.Sum{Count: 1, TotalMS: 600_000}, Doubt: record.Sum{Count: 1, TotalMS: 60_000},
			Server: record.Sum{Count: 1, TotalMS: 570_000}, ServerDoubtMS: 1000, Results: map[string]uint64{"succeeded": 990, "errored": 9}, Missing: 1, Doubled: 3,
		},
		record.Batches{Submitted: 1, Canceled: 1, Polls: 20},
	)
	rows := texts(batches(from).Table)
	want := []string{"1,000", "1 of 2", "10m0s of which up to 1m0s", "9m30s ± 1s", "30, 2 failed", "errored 9, missing 1, succeeded 990"}
	if len(rows) != 1 || cmp.Diff(want, rows[0][len(rows[0])-len(want):]) != "" {
		t.Errorf("%q, want one row of %q", rows, want)
	}
	said := strings.Join(from.Summary.Warnings, "\n")
	for _, part := range []string{"up to 1m0s after its end", "1 prompts have no line in the results", "3 lines of a prompt that has one already"} {
		if !strings.Contains(said, part) {
			t.Errorf("no warning says %q: %s", part, said)
		}
	}
	if line := loadLine(from.Record); !strings.Contains(line, "batches of 1,000 prompts, polled every 1m0s") {
		t.Error(line)
	}
	if rows := batches(SourceOf(&summary.Judged{Record: rec()})).Rows; len(rows) != 0 {
		t.Errorf("without batches there are %d rows", len(rows))
	}
	lost := withBatches(rec(), record.Batches{Submitted: 1, Canceled: 1, Polls: 20})
	if rows := texts(batches(lost).Table); rows[0][len(rows[0])-4] != "–" || rows[0][len(rows[0])-3] != "–" {
		t.Errorf("a canceled batch: %q", rows)
	}
}

func TestTableOfCaches(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	arm := &rec.Arms[0]
	arm.Price = &record.Price{Model: "m", Input: 2, Output: 10}
	for i := range arm.Blocks {
		s := arm.Blocks[i].Open
		s.Caches = &record.Caches{Client: 50, Edge: 10, Server: 40, Current: 90, Stale: 10, ClientSaved: record.Tokens{Input: 5000, Output: 1000}, EdgeSaved: record.Tokens{Input: 1000, Output: 200}}
		s.FromClient = recordtest.Hist(recordtest.Repeat(time.Millisecond, 50)...)
		s.FromServer = recordtest.Hist(recordtest.Repeat(40*time.Millisecond, 40)...)
	}
	rec.Arms[1].Blocks[0].Open.Caches = &record.Caches{Server: 100} // none had an answer
	from := SourceOf(&summary.Judged{Record: rec})
	want := [][]string{
		{"single", "the client's cache", "50.0%", "1.00", "1.00", "10,000", "2,000", "0.0400"},
		{"single", "a cache on the way", "10.0%", "–", "–", "2,000", "400", "0.00800"},
		{"single", "the server", "40.0%", "40.0", "40.0", "–", "–", "–"},
	}
	if diff := cmp.Diff(want, texts(caches(from).Table)); diff != "" {
		t.Error(diff)
	}
	said := strings.Join(from.Summary.Warnings, "\n")
	for _, part := range []string{"50% by the client's own cache, which are in no figure of requests or service latency; 10% by a cache on the way", "response latency and TPS include them in batching=single"} {
		if !strings.Contains(said, part) {
			t.Errorf("no warning says %q: %s", part, said)
		}
	}
}
