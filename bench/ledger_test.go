package bench

import (
	"testing"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack/attempts"
	"weighbridge/bench/attack/regional"
	"weighbridge/bench/record/byregion"
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
				&attempts.Log{Answered: c.answered, Unanswered: c.unanswered, Replays: c.replays, Statuses: c.ours},
				&Account{IDs: c.mock, Statuses: c.theirs, Duplicates: c.duplicates, Unnamed: c.unnamed},
			)
			if l.Matches != c.matches || l.Absent != c.absent {
				t.Errorf("matches %v, absent %d; want %v, %d", l.Matches, l.Absent, c.matches, c.absent)
			}
		})
	}
}

func TestCompareRegions(t *testing.T) {
	ours := func(answered, unanswered *roaring.Bitmap, sessions map[string]uint64) regional.Logs {
		return regional.Logs{"eu": {Answered: answered, Unanswered: unanswered, Sessions: sessions}}
	}
	mock := func(ids *roaring.Bitmap, sessions map[string]uint64) map[string]RegionAccount {
		return map[string]RegionAccount{"eu": {IDs: ids, Ledger: byregion.Ledger{Attempts: ids.GetCardinality(), Sessions: sessions}}}
	}
	none := map[string]uint64{}
	for name, row := range map[string]struct {
		ours    regional.Logs
		mock    map[string]RegionAccount
		replays uint64
		want    bool
	}{
		"all in both":             {ours(ids(1, 9), roaring.New(), none), mock(ids(1, 9), none), 0, true},
		"one went elsewhere":      {ours(ids(1, 9), roaring.New(), none), mock(ids(1, 8), none), 0, false},
		"one came from elsewhere": {ours(ids(1, 9), roaring.New(), none), mock(ids(1, 10), none), 0, false},
		"unanswered, and seen":    {ours(ids(1, 8), ids(9, 9), none), mock(ids(1, 9), none), 0, true},
		"unanswered, not seen":    {ours(ids(1, 8), ids(9, 9), none), mock(ids(1, 8), none), 0, true},
		"nothing sent":            {nil, mock(roaring.New(), none), 0, true},
		"a region of ours alone":  {ours(ids(1, 1), roaring.New(), none), map[string]RegionAccount{}, 0, false},
		"sessions lost in both":   {ours(ids(1, 2), roaring.New(), map[string]uint64{"lost": 2}), mock(ids(1, 2), map[string]uint64{"lost": 2}), 0, true},
		"one lost in ours alone":  {ours(ids(1, 2), roaring.New(), map[string]uint64{"lost": 2}), mock(ids(1, 2), map[string]uint64{"lost": 1, "kept": 1}), 0, false},
		"one lost in the ledger":  {ours(ids(1, 2), roaring.New(), none), mock(ids(1, 2), map[string]uint64{"lost": 1}), 0, false},
		"lost without an answer":  {ours(ids(1, 1), ids(2, 2), none), mock(ids(1, 2), map[string]uint64{"lost": 1}), 0, true},
		"read twice, sent again":  {ours(ids(1, 1), roaring.New(), map[string]uint64{"kept": 1}), mock(ids(1, 1), map[string]uint64{"kept": 2}), 1, true},
	} {
		got := compareRegions(&attempts.Log{Regions: row.ours, Replays: row.replays}, &Account{Regions: row.mock})
		if got["eu"].Matches != row.want || regionsAgree(got) != row.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := compareRegions(&attempts.Log{}, &Account{}); got != nil {
		t.Errorf("without regions: %+v", got)
	}
}
