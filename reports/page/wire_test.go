package page

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/bench/record/ratelimit"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

func TestPushes(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	if rows := pushes(SourceOf(&summary.Judged{Record: rec})).Rows; len(rows) != 0 {
		t.Errorf("of a mock that pushes nothing there are %d rows", len(rows))
	}
	rec.Arms[1].Ledger.Pushes = record.Pushes{Wanted: 1300, Sent: 1, SwitchedOff: 1200, NoProtocol: 90, Failed: 9}
	rec.Arms[1].Totals.Pushes = 1
	want := [][]string{{"batch10", "1,300", "1", "1,200", "90", "9", "1"}}
	if d := cmp.Diff(want, texts(pushes(SourceOf(&summary.Judged{Record: rec})).Table)); d != "" {
		t.Error(d)
	}
}

func TestBilled(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	from := SourceOf(&summary.Judged{Record: rec})
	if n := len(billed(from).Rows) + len(sentCallbacks(from).Rows); n != 0 {
		t.Errorf("without callbacks there are %d rows", n)
	}
	arm := &rec.Arms[1]
	arm.Ledger.Tokens, arm.Totals.Tokens = record.Tokens{Input: 1000, Output: 100}, record.Tokens{Input: 1000, Output: 100}
	arm.Ledger.Callbacks = &billing.Sent{Billed: 1500, Lost: 2, Undelivered: 3, Duplicated: 4, Forged: 5, Replayed: 6}
	arm.Price = &record.Price{Input: 1e6, Output: 1e7}
	arm.Billing = &billing.Accounts{
		Received: 1499, OutOfOrder: 7, Forged: 5, Stale: 6,
		Naive: billing.Tokens{Input: 1010, Output: 101}, Idempotent: billing.Tokens{Input: 990, Output: 99}, Reconciled: billing.Tokens{Input: 1000, Output: 100},
	}
	from = SourceOf(&summary.Judged{Record: rec})
	want := [][]string{
		{"batch10", "billed (ledger)", "1,000", "100", "0", "0%", "+0.0000"},
		{"batch10", "answers", "1,000", "100", "0", "0%", "+0.0000"},
		{"batch10", "callbacks", "1,010", "101", "+11", "1.0%", "+20.0000"},
		{"batch10", "idempotent", "990", "99", "-11", "-1.0%", "-20.0000"},
		{"batch10", "reconciled", "1,000", "100", "0", "0%", "+0.0000"},
	}
	if d := cmp.Diff(want, texts(billed(from).Table)); d != "" {
		t.Error(d)
	}
	counts := [][]string{{"batch10", "1,500", "2", "3", "4", "5", "6", "1,499", "7", "5", "6"}}
	if d := cmp.Diff(counts, texts(sentCallbacks(from).Table)); d != "" {
		t.Error(d)
	}
	rec.Arms[1].Ledger.Unread = "gone"
	if rows := billed(SourceOf(&summary.Judged{Record: rec})).Rows; len(rows) != 0 {
		t.Error("without the ledger, which is the truth, there are rows")
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	if rows := rateLimits(SourceOf(&summary.Judged{Record: rec})).Rows; len(rows) != 0 {
		t.Errorf("without headers there are %d rows", len(rows))
	}
	first := rec.Arms[0].Blocks[0].Open
	first.RateLimits.Add("x-ratelimit-requests", ratelimit.Level{AtMS: 1000, Limit: new(uint64(1000)), Remaining: new(uint64(40)), ResetMS: new(12.0)})
	first.Refused = map[string]uint64{ratelimit.Unknown: 1}
	rec.Arms[0].Blocks[1].Open.RateLimits.Add("x-ratelimit-requests", ratelimit.Level{AtMS: 12345, Limit: new(uint64(1000)), Remaining: new(uint64(0))})
	rec.Arms[0].Blocks[1].Open.RateLimits.Add("x-ratelimit-tokens", ratelimit.Level{AtMS: 12345, Remaining: new(uint64(7))})
	rec.Arms[0].Blocks[1].Open.Refused = map[string]uint64{"x-ratelimit-requests": 3}
	rec.Arms[1].Blocks[1].Closed = &record.Slice{DurationMS: 400}
	rec.Arms[1].Blocks[1].Closed.RateLimits.Add("ratelimit", ratelimit.Level{Limit: new(uint64(5))})
	from := SourceOf(&summary.Judged{Record: rec})
	want := [][]string{
		{"single", "x-ratelimit-requests", "1,000", "0", "0%", "12.3", "3"},
		{"single", "x-ratelimit-tokens", "–", "7", "–", "12.3", "0"},
		{"batch10", "ratelimit", "5", "–", "–", "–", "0"},
	}
	if d := cmp.Diff(want, texts(rateLimits(from).Table)); d != "" {
		t.Error(d)
	}
	open := rec.Arms[1].Blocks[0].Open
	open.LimitWait, open.HeldBy, open.HeldBack = recordtest.Hist(time.Second, 0, 0), map[string]uint64{"ratelimit": 1}, 7
	held := strings.Join(SourceOf(&summary.Judged{Record: rec}).Summary.Arms[1].Warnings, "\n")
	for _, want := range []string{"1 of 3 requests were held back to keep to rate limits, for up to 1s", "(limit_wait): ratelimit 1", "7 of 200 prompts were held back to the end and never sent"} {
		if !strings.Contains(held, want) {
			t.Errorf("%q is missing:\n%s", want, held)
		}
	}
	const warning = "the rate limit x-ratelimit-requests refused 3 attempts (429): TPS and errors are those of this limit in batching=single"
	if said := strings.Join(from.Summary.Warnings, "\n"); !strings.Contains(said, warning) || strings.Contains(said, ratelimit.Unknown) {
		t.Errorf("warnings:\n%s", said)
	}
}
