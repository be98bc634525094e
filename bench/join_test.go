package bench

import (
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
)

func ids(from, to uint64) *roaring.Bitmap {
	b := roaring.New()
	b.AddRange(from, to+1)
	return b
}

func TestJoin(t *testing.T) {
	for _, c := range []struct {
		name                 string
		answered, unanswered *roaring.Bitmap
		mock                 *roaring.Bitmap
		ours, theirs         map[int]uint64
		duplicates, unnamed  uint64
		matches              bool
		absent               uint64
	}{
		{"all there", ids(1, 100), roaring.New(), ids(1, 100), map[int]uint64{200: 100}, map[int]uint64{200: 100}, 0, 0, true, 0},
		{"one lost by the mock", ids(1, 100), roaring.New(), ids(1, 99), map[int]uint64{200: 100}, map[int]uint64{200: 99}, 0, 0, false, 1},
		{"one we never sent", ids(1, 100), roaring.New(), ids(1, 101), map[int]uint64{200: 100}, map[int]uint64{200: 101}, 0, 0, false, 1},
		{"unanswered and seen", ids(1, 98), ids(99, 100), ids(1, 100), map[int]uint64{200: 98}, map[int]uint64{200: 100}, 0, 0, true, 0},
		{"unanswered and unseen", ids(1, 98), ids(99, 100), ids(1, 98), map[int]uint64{200: 98}, map[int]uint64{200: 98}, 0, 0, true, 0},
		{"statuses differ", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 1, 500: 1}, 0, 0, false, 0},
		{"one sent twice", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 3}, 1, 0, false, 1},
		{"one without an id", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 2}, 0, 1, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := join(
				&attack.Sent{Answered: c.answered, Unanswered: c.unanswered, Statuses: c.ours},
				&Account{IDs: c.mock, Statuses: c.theirs, Duplicates: c.duplicates, Unnamed: c.unnamed},
			)
			if l.Matches != c.matches || l.Absent != c.absent {
				t.Errorf("matches %v, absent %d; want %v, %d", l.Matches, l.Absent, c.matches, c.absent)
			}
		})
	}
}

func TestLedgersAddUp(t *testing.T) {
	one := func(status string, served time.Duration) *record.Ledger {
		l := &record.Ledger{
			Matches: true, Attempts: 5, Absent: 1, Unanswered: 2, Prompts: 50, TokenRequests: 1, Served: record.NewHist(),
			Statuses: map[string]uint64{"200": 4, status: 1}, Faults: map[string]uint64{"errors": 1}, Tokens: record.Tokens{Input: 7, Output: 8},
		}
		l.Served.Record(served)
		return l
	}
	first, second := one("500", time.Millisecond), one("503", time.Second)
	if got := both(nil, first); got != first {
		t.Errorf("the first mock's account is changed: %+v", got)
	}
	sum := both(first, second)
	served := sum.Served
	sum.Served = nil
	want := &record.Ledger{
		Matches: true, Attempts: 10, Absent: 2, Unanswered: 4, Prompts: 100, TokenRequests: 2,
		Statuses: map[string]uint64{"200": 8, "500": 1, "503": 1}, Faults: map[string]uint64{"errors": 2}, Tokens: record.Tokens{Input: 14, Output: 16},
	}
	if diff := cmp.Diff(want, sum); diff != "" {
		t.Error(diff)
	}
	if served.Count() != 2 || served.Max() < time.Second-time.Millisecond {
		t.Errorf("%d durations up to %v", served.Count(), served.Max())
	}
	second.Matches = false
	if both(first, second).Matches || both(second, first).Matches {
		t.Error("a ledger that does not match is hidden by one that does")
	}
}
