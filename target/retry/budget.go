package retry

import (
	"sync"

	"weighbridge/target"
)

// Budget limits the retries of all requests that share it. It is safe for concurrent use. A nil
// *Budget refuses nothing.
type Budget struct {
	share, burst float64

	mu   sync.Mutex
	left float64
}

// NewBudget returns a full budget; nil for none.
func NewBudget(b target.RetryBudget) *Budget {
	if b.Share == 0 {
		return nil
	}
	burst := max(float64(b.Burst), 1)
	return &Budget{share: b.Share, burst: burst, left: burst}
}

// Request adds what a new request brings.
func (b *Budget) Request() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = min(b.left+b.share, b.burst)
}

// Take takes a retry; false if there is none left.
func (b *Budget) Take() bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	const rounding = 1e-9 // ten times 0.1 is less than 1
	if b.left < 1-rounding {
		return false
	}
	b.left = max(b.left-1, 0)
	return true
}
