package bench

import (
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack"
	"weighbridge/bench/attack/regional"
	"weighbridge/bench/record"
	"weighbridge/bench/record/byregion"
)

// compareLedger compares a mock's ledger with our log of attempts. Every answered attempt
// must be in both; an attempt without an answer may have reached the mock or not, and so may
// each that was sent again, under the same id.
func compareLedger(ours *attack.AttemptLog, mock *Account) *record.Ledger {
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
	l.Matches = l.Absent == 0 && statusesAgree(ours, mock) && regionsAgree(l.Regions)
	return l
}

// compareRegions compares the accounts of a mock's regions with our logs; nil without regions.
func compareRegions(ours *attack.AttemptLog, mock *Account) byregion.Ledgers {
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
		one.Matches = sessionsAgree(mine, one, ours.Replays) && roaring.AndNot(mine.Answered, region.IDs).IsEmpty() &&
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

// sessionsAgree reports whether the mock counted as many sessions in each state as our answers did.
// It may have counted more, by as many as attempts got no answer or were sent again.
func sessionsAgree(ours *regional.Log, mock byregion.Ledger, replays uint64) bool {
	surplus := uint64(0)
	for state, n := range mock.Sessions {
		if n < ours.Sessions[state] {
			return false
		}
		surplus += n - ours.Sessions[state]
	}
	for state, n := range ours.Sessions {
		if mock.Sessions[state] < n {
			return false
		}
	}
	return surplus <= ours.Unanswered.GetCardinality()+replays
}

func regionsAgree(all byregion.Ledgers) bool {
	for _, one := range all {
		if !one.Matches {
			return false
		}
	}
	return true
}

// unreadLedger returns the result for a ledger that could not be read.
func unreadLedger(ours *attack.AttemptLog, why error) *record.Ledger {
	return &record.Ledger{
		Unread: why.Error(), Unanswered: ours.Unanswered.GetCardinality(),
		Statuses: map[string]uint64{}, Faults: map[string]uint64{},
	}
}

// statusesAgree reports whether the mock sent every status at least as often as we
// received it, and no more often than unanswered attempts and replays explain.
func statusesAgree(ours *attack.AttemptLog, mock *Account) bool {
	surplus := uint64(0)
	for status, n := range ours.Statuses {
		if mock.Statuses[status] < n {
			return false
		}
	}
	for status, n := range mock.Statuses {
		surplus += n - ours.Statuses[status]
	}
	return surplus <= ours.Unanswered.GetCardinality()+ours.Replays
}
