package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/mockserver/ledger"
)

// readAccount reads a mock's ledger as the control listener gives it.
func readAccount(r io.Reader) (*bench.Account, error) {
	var s ledger.Snapshot
	if err := json.NewDecoder(r).Decode(&s); err != nil {
		return nil, err
	}
	a := &bench.Account{
		IDs: roaring.New(), Attempts: s.Attempts, Duplicates: s.Duplicates, Unnamed: s.Unnamed, Prompts: s.Prompts,
		Statuses: map[int]uint64{}, Faults: s.Faults, Tokens: record.Tokens(s.Tokens),
		TokenRequests: s.TokenRequests, Served: &record.Hist{},
	}
	if _, err := a.IDs.FromBase64(s.IDs); err != nil {
		return nil, fmt.Errorf("attempt ids: %w", err)
	}
	if err := a.Served.UnmarshalText([]byte(s.Served)); err != nil {
		return nil, err
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
