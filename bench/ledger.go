package bench

import (
	"strconv"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
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
		Served:        mock.Served,
	}
	for status, n := range mock.Statuses {
		l.Statuses[strconv.Itoa(status)] = n
	}
	l.Matches = l.Absent == 0 && statusesAgree(ours, mock)
	return l
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
