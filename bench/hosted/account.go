package hosted

import (
	"fmt"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/bench/record/byregion"
	"weighbridge/mockserver/ledger"
)

// accountOf translates a mock's ledger for bench, which knows no mockserver.
func accountOf(s ledger.Snapshot) (*bench.Account, error) {
	a := &bench.Account{
		IDs: roaring.New(), Attempts: s.Attempts, Duplicates: s.Duplicates, Unnamed: s.Unnamed, Prompts: s.Prompts,
		Statuses: map[int]uint64{}, Faults: s.Faults, Tokens: record.Tokens{Input: s.Tokens.Input, Output: s.Tokens.Output},
		TokenRequests: s.TokenRequests, Served: &record.Hist{},
		Callbacks: sentOf(s.Callbacks),
		Pushes:    record.Pushes{Wanted: s.Pushes.Wanted, Sent: s.Pushes.Sent, SwitchedOff: s.Pushes.SwitchedOff, NoProtocol: s.Pushes.Unknown, Failed: s.Pushes.Failed},
		EdgeHits:  s.EdgeHits,
	}
	if _, err := a.IDs.FromBase64(s.IDs); err != nil {
		return nil, fmt.Errorf("attempt ids: %w", err)
	}
	if err := a.Served.UnmarshalText([]byte(s.Served)); err != nil {
		return nil, fmt.Errorf("served durations: %w", err)
	}
	for name, region := range s.Regions {
		ids := roaring.New()
		if _, err := ids.FromBase64(region.IDs); err != nil {
			return nil, fmt.Errorf("attempt ids of region %s: %w", name, err)
		}
		if a.Regions == nil {
			a.Regions = map[string]bench.RegionAccount{}
		}
		a.Regions[name] = bench.RegionAccount{IDs: ids, Ledger: byregion.Ledger{
			Attempts: region.Attempts, Dark: region.Dark, Sessions: region.Sessions, HealthChecks: region.HealthChecks,
		}}
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

// sentOf translates the account of callbacks; nil if no answer was to have one.
func sentOf(c ledger.Callbacks) *billing.Sent {
	if c.Billed == 0 {
		return nil
	}
	tokens := func(t ledger.Tokens) billing.Tokens { return billing.Tokens{Input: t.Input, Output: t.Output} }
	return &billing.Sent{
		Billed: c.Billed, Lost: c.Lost, LostTokens: tokens(c.LostTokens), Delivered: c.Delivered,
		Duplicated: c.Duplicated, DuplicatedTokens: tokens(c.DuplicatedTokens),
		Undelivered: c.Undelivered, UndeliveredTokens: tokens(c.UndeliveredTokens),
		Reordered: c.Reordered, Forged: c.Forged, Replayed: c.Replayed, WronglyTaken: c.WronglyTaken,
	}
}
