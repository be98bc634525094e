package hosted

import (
	"fmt"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/mockserver/ledger"
)

// accountOf translates a mock's ledger for bench, which knows no mockserver.
func accountOf(s ledger.Snapshot) (*bench.Account, error) {
	a := &bench.Account{
		IDs: roaring.New(), Attempts: s.Attempts, Duplicates: s.Duplicates, Unnamed: s.Unnamed, Prompts: s.Prompts,
		Statuses: map[int]uint64{}, Faults: s.Faults, Tokens: record.Tokens{Input: s.Tokens.Input, Output: s.Tokens.Output},
		TokenRequests: s.TokenRequests, Served: &record.Hist{},
		Pushes: record.Pushes{Wanted: s.Pushes.Wanted, Sent: s.Pushes.Sent, SwitchedOff: s.Pushes.SwitchedOff, NoProtocol: s.Pushes.Unknown, Failed: s.Pushes.Failed},
	}
	if _, err := a.IDs.FromBase64(s.IDs); err != nil {
		return nil, fmt.Errorf("attempt ids: %w", err)
	}
	if err := a.Served.UnmarshalText([]byte(s.Served)); err != nil {
		return nil, fmt.Errorf("served durations: %w", err)
	}
	for text, n := range s.Statuses {
		status, err := strconv.Atoi(text)
		if err != nil {
			return nil, fmt.Errorf("status %q: %w", text, err)
		}
		a.Statuses[status] = n
	}
	return a, nil
}
