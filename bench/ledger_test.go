package bench

import (
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack"
)

func ids(from, to uint64) *roaring.Bitmap {
	b := roaring.New()
	b.AddRange(from, to+1)
	return b
}

func TestCompareLedger(t *testing.T) {
	for _, c := range []struct {
		name                 string
		answered, unanswered *roaring.Bitmap
		mock                 *roaring.Bitmap
		ours, theirs         map[int]uint64
		duplicates, unnamed  uint64
		replays              uint64
		matches              bool
		absent               uint64
	}{
		{"all in both", ids(1, 100), roaring.New(), ids(1, 100), map[int]uint64{200: 100}, map[int]uint64{200: 100}, 0, 0, 0, true, 0},
		{"missing from the ledger", ids(1, 100), roaring.New(), ids(1, 99), map[int]uint64{200: 100}, map[int]uint64{200: 99}, 0, 0, 0, false, 1},
		{"never sent", ids(1, 100), roaring.New(), ids(1, 101), map[int]uint64{200: 100}, map[int]uint64{200: 101}, 0, 0, 0, false, 1},
		{"unanswered, in the ledger", ids(1, 98), ids(99, 100), ids(1, 100), map[int]uint64{200: 98}, map[int]uint64{200: 100}, 0, 0, 0, true, 0},
		{"unanswered, not in the ledger", ids(1, 98), ids(99, 100), ids(1, 98), map[int]uint64{200: 98}, map[int]uint64{200: 98}, 0, 0, 0, true, 0},
		{"statuses differ", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 1, 500: 1}, 0, 0, 0, false, 0},
		{"a duplicate", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 3}, 1, 0, 0, false, 1},
		{"sent again", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 2, 0: 1}, 1, 0, 1, true, 0},
		{"sent again, not arrived", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 2}, 0, 0, 1, true, 0},
		{"more than were sent again", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 4}, 2, 0, 1, false, 1},
		{"without an id", ids(1, 2), roaring.New(), ids(1, 2), map[int]uint64{200: 2}, map[int]uint64{200: 2}, 0, 1, 0, false, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := compareLedger(
				&attack.AttemptLog{Answered: c.answered, Unanswered: c.unanswered, Replays: c.replays, Statuses: c.ours},
				&Account{IDs: c.mock, Statuses: c.theirs, Duplicates: c.duplicates, Unnamed: c.unnamed},
			)
			if l.Matches != c.matches || l.Absent != c.absent {
				t.Errorf("matches %v, absent %d; want %v, %d", l.Matches, l.Absent, c.matches, c.absent)
			}
		})
	}
}
