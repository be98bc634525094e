package bench

import (
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack/attempts"
	"weighbridge/bench/attack/regional"
	"weighbridge/bench/record"
	"weighbridge/bench/record/byregion"
)

// compareLedger compares a mock's ledger with our log of attempts. Every answered attempt
// must be in both; an attempt without an answer may have reached the mock or not, and so may
// each that was sent again, under the same id.
func compareLedger(ours *attempts.Log, mock *Account) *record.Ledger {
	missing := ours.Answered.Clone()
	missing.AndNot(mock.IDs)
	unknown := mock.IDs.Clone()
	unknown.AndNot(ours.Answered)
	unknown.AndNot(ours.Unanswered)
	l := &record.Ledger{
		Attempts:      mock.Attempts,
		Absent:        missing.GetCardinality() + unknown.GetCardinality() + (mock.Duplicates - min(mock.Duplicates, ours.Replays)) + mock.Unnamed,
		Unanswered:    ours.Unanswered.GetCardinality(),
		Prompts:       mock.Prompts,
		Statuses:      map[string]uint64{},
		Faults:        mock.Faults,
		Tokens:        mock.Tokens,
		TokenRequests: mock.TokenRequests,
		Pushes:        mock.Pushes,
		Callbacks:     mock.Callbacks,
		EdgeHits:      mock.EdgeHits,
		Served:        mock.Served,
	}
	for status, n := range mock.Statuses {
		l.Statuses[strconv.Itoa(status)] = n
	}
	l.Regions = compareRegions(ours, mock)
	l.Matches = l.Absent == 0 && regionsAgree(l.Regions) &&
		countsAgree(ours.Statuses, mock.Statuses, ours.Unanswered.GetCardinality()+ours.Replays)
	return l
}

// compareRegions compares the accounts of a mock's regions with our logs; nil without regions.
func compareRegions(ours *attempts.Log, mock *Account) byregion.Ledgers {
	if mock.Regions == nil {
		return nil
	}
	all := byregion.Ledgers{}
	for name, region := range mock.Regions {
		mine := ours.Regions[name]
		if mine == nil {
			mine = &regional.Log{Answered: roaring.New(), Unanswered: roaring.New()}
		}
		one := region.Ledger
		one.Matches = countsAgree(mine.Sessions, one.Sessions, mine.Unanswered.GetCardinality()+ours.Replays) && roaring.AndNot(mine.Answered, region.IDs).IsEmpty() &&
			roaring.AndNot(region.IDs, roaring.Or(mine.Answered, mine.Unanswered)).IsEmpty()
		all[name] = one
	}
	for name := range ours.Regions {
		if _, known := all[name]; !known {
			all[name] = byregion.Ledger{}
		}
	}
	return all
}

func regionsAgree(all byregion.Ledgers) bool {
	for _, one := range all {
		if !one.Matches {
			return false
		}
	}
	return true
}

// unreadLedger returns the comparison with a ledger that could not be read.
func unreadLedger(ours *attempts.Log, why error) *record.Ledger {
	return &record.Ledger{
		Unread: why.Error(), Unanswered: ours.Unanswered.GetCardinality(),
		Statuses: map[string]uint64{}, Faults: map[string]uint64{},
	}
}

// countsAgree reports whether the mock counted everything, by kind, at least as often as we did, and in all
// at most so many times more: an attempt without an answer, or one that was sent again, may have reached the
// mock without our knowing.
func countsAgree[K comparable](ours, mock map[K]uint64, more uint64) bool {
	for kind, n := range ours {
		if mock[kind] < n {
			return false
		}
	}
	surplus := uint64(0)
	for kind, n := range mock {
		surplus += n - ours[kind]
	}
	return surplus <= more
}
