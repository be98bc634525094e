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
	// Start starts a mock per arm and says where each listens. Called again it ends the
	// mocks there are and starts new ones, with no state of the old. It may call lost
	// later, from any goroutine: when the mocks end although nobody asked them to.
	Start(ctx context.Context, arms []scenarios.Arm, lost func(error)) ([]attack.Endpoint, error)
	// Stop ends the mocks there are. An error says that they did not end in good order.
	Stop() error
	// Ledger is what an arm's mock truly did since it was started.
	Ledger(ctx context.Context, arm string) (*Account, error)
	// CPU is the processor time, user and system, that the mocks have used since they
	// were started, outside this process; false where it is not known.
	CPU() (time.Duration, bool)
	// Process is what the process that hosts the mocks has taken of the machine since it
	// was started; nil where that is this process.
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
