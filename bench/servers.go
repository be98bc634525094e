package bench

import (
	"context"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// Servers are the mocks of a run. A scenario whose arms all name a URL has none.
type Servers interface {
	// Start brings up a mock per arm and says where each is. Called again it ends
	// those there are and starts anew, with nothing of them left.
	Start(ctx context.Context, arms []scenarios.Arm) ([]attack.Endpoint, error)
	// Ledger is what an arm's mock truly did since it was started.
	Ledger(ctx context.Context, arm string) (*Account, error)
	// CPU is the processor time, of users and system, that the mocks used beside that
	// of this process since they were started; false where it is not known.
	CPU() (time.Duration, bool)
	// Process is what the process that hosts the mocks took since it was started; nil
	// where that is this one.
	Process(ctx context.Context) (*record.Process, error)
}

// Account is a mock's own account of the attempts it saw.
type Account struct {
	IDs           *roaring.Bitmap
	Attempts      uint64
	Duplicates    uint64
	Unnamed       uint64
	Prompts       uint64
	Statuses      map[int]uint64
	Faults        map[string]uint64
	Tokens        record.Tokens
	TokenRequests uint64
	Served        *record.Hist
}
