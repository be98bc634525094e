package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/bench/record/billing"
	"weighbridge/bench/record/byregion"
	"weighbridge/scenarios"
)

// Servers runs the mocks of a run. A scenario whose arms all name a URL has no mocks.
type Servers interface {
	// Start starts a mock per arm and returns where each listens. Called again, it ends the
	// current mocks and starts new ones that keep no state. If mocks end unasked later, lost
	// is called, from any goroutine.
	Start(ctx context.Context, arms []scenarios.Arm, lost func(error)) ([]attack.Endpoint, error)
	// Stop ends the mocks. An error says that they failed, or did not end properly.
	Stop() error
	// Ledger reads what an arm's mock did since it was started.
	Ledger(ctx context.Context, arm string) (*Account, error)
	// CPU returns the processor time, user and system, that mocks outside this process have used
	// since their start, or false if it is unknown.
	CPU() (time.Duration, bool)
	// Process returns the resources that the process hosting the mocks has used since its start, or
	// nil if that is this process.
	Process(ctx context.Context) (*record.Process, error)
}

// Account is a mock's ledger: IDs are the attempt ids it saw, Duplicates counts attempts
// with an id seen before and Unnamed those without one, and Served are its own durations
// of answered attempts.
type Account struct {
	IDs           *roaring.Bitmap
	Attempts      uint64
	Duplicates    uint64
	Unnamed       uint64
	Prompts       uint64
	Statuses      map[int]uint64
	EdgeHits      uint64
	Faults        map[string]uint64
	Tokens        record.Tokens
	TokenRequests uint64
	Pushes        record.Pushes
	// Callbacks is nil if the mock sent none.
	Callbacks *billing.Sent
	Served    *record.Hist
	// Regions are the accounts of the mock's regions.
	Regions map[string]RegionAccount
}

// RegionAccount is the ledger of one region, with the ids of the attempts that came to it.
type RegionAccount struct {
	byregion.Ledger
	IDs *roaring.Bitmap
}

// Open starts the mocks of a scenario and makes its arms, without measuring anything. change, unless nil,
// changes each arm first. The function end closes the arms and ends the mocks.
func Open(ctx context.Context, o Options, change func(*scenarios.Arm)) (arms []*attack.Arm, end func() error, err error) {
	list := slices.Clone(o.Scenario.Arms())
	if change != nil {
		for i := range list {
			change(&list[i])
		}
	}
	if err := learnSecrets(o.Secrets, list); err != nil {
		return nil, nil, err
	}
	works, err := WorkOf(o.Scenario)
	if err != nil {
		return nil, nil, err
	}
	end = func() error {
		for _, a := range arms {
			a.Close()
		}
		if slices.ContainsFunc(list, onMock) {
			return o.Servers.Stop()
		}
		return nil
	}
	ends, err := endpoints(ctx, list, o, func(error) {})
	if err != nil {
		return nil, nil, errors.Join(err, end())
	}
	for i, arm := range list {
		a, err := attack.New(arm, ends[i], works[i], time.Now(), o.Secrets)
		if err != nil {
			return nil, nil, errors.Join(fmt.Errorf("arm %s: %w", arm.Name, err), end())
		}
		arms = append(arms, a)
	}
	return arms, end, nil
}
