package callbacks

import (
	"crypto/sha256"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// Tokens are tokens that were billed.
type Tokens struct{ Input, Output uint64 }

func (t *Tokens) add(other Tokens) {
	t.Input += other.Input
	t.Output += other.Output
}

// Totals are the accounts of one arm, and how the callbacks came.
type Totals struct {
	// Received counts the callbacks that were accepted. Duplicates counts the accepted ones whose ID had
	// come before, and OutOfOrder the others that came after a callback about a later answer.
	Received, Duplicates, OutOfOrder uint64
	// Forged, Stale and Invalid are the callbacks that were refused.
	Forged, Stale, Invalid uint64
	// Missing is the answers without a callback.
	Missing uint64
	// Naive adds up every callback, Idempotent each ID once, and Reconciled adds to that what the
	// answers without a callback told.
	Naive, Idempotent, Reconciled Tokens
}

// Account keeps the accounts of one arm. It is safe for concurrent use. Its memory grows by 16 bytes
// and what a map adds for each callback, and for each answer that has none.
type Account struct {
	mu     sync.Mutex
	totals Totals
	// ids are hashes of the IDs of the callbacks that came.
	ids map[[16]byte]struct{}
	// told are the attempts with a callback, and pending the answers without one.
	told    *roaring.Bitmap
	pending map[uint32]Tokens
	latest  uint64
}

// NewAccount returns an empty account.
func NewAccount() *Account {
	return &Account{ids: map[[16]byte]struct{}{}, told: roaring.New(), pending: map[uint32]Tokens{}}
}

// Answer notes what the answer of an attempt tells of its tokens.
func (a *Account) Answer(attempt uint32, tokens Tokens) {
	if tokens == (Tokens{}) {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.told.Contains(attempt) {
		a.pending[attempt] = tokens
	}
}

// callback is what a callback says.
type callback struct {
	ID string
	// Attempt is the attempt's ID; 0 if it has none. Sequence counts the answers that were billed.
	Attempt  uint32
	Sequence uint64
	Tokens   Tokens
}

// take notes a callback that was verified.
func (a *Account) take(c callback) {
	hash := sha256.Sum256([]byte(c.ID))
	id := [16]byte(hash[:16])
	a.mu.Lock()
	defer a.mu.Unlock()
	a.totals.Received++
	a.totals.Naive.add(c.Tokens)
	if _, known := a.ids[id]; known {
		a.totals.Duplicates++
		return
	}
	a.ids[id] = struct{}{}
	a.totals.Idempotent.add(c.Tokens)
	if c.Sequence < a.latest {
		a.totals.OutOfOrder++
	}
	a.latest = max(a.latest, c.Sequence)
	if c.Attempt != 0 {
		a.told.Add(c.Attempt)
		delete(a.pending, c.Attempt)
	}
}

// refuse notes a callback that was refused.
func (a *Account) refuse(why error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch why {
	case errForged:
		a.totals.Forged++
	case errStale:
		a.totals.Stale++
	default:
		a.totals.Invalid++
	}
}

// Restart tells that the server was started anew, and counts its answers from 1 again.
func (a *Account) Restart() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.latest = 0
}

// Totals returns the accounts so far.
func (a *Account) Totals() Totals {
	a.mu.Lock()
	defer a.mu.Unlock()
	t := a.totals
	t.Reconciled, t.Missing = t.Idempotent, uint64(len(a.pending))
	for _, tokens := range a.pending {
		t.Reconciled.add(tokens)
	}
	return t
}
