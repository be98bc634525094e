// Package billing is what usage callbacks told of an arm's tokens, and the accounts kept by them.
package billing

// Tokens are tokens that were billed.
type Tokens struct {
	Input  uint64 `json:"input"`
	Output uint64 `json:"output"`
}

// Sum is the tokens of both kinds.
func (t Tokens) Sum() uint64 { return t.Input + t.Output }

func (t *Tokens) merge(other Tokens) {
	t.Input += other.Input
	t.Output += other.Output
}

// Accounts are the accounts of one arm over the whole run, as the harness kept them. The account by the
// answers alone is Totals.Tokens; the true one is the mock's ledger.
type Accounts struct {
	// Received counts the callbacks that were accepted. Duplicates counts the accepted ones whose ID had
	// come before, and OutOfOrder the others that came after a callback about a later answer.
	Received   uint64 `json:"received"`
	Duplicates uint64 `json:"duplicates"`
	OutOfOrder uint64 `json:"out_of_order"`
	// Forged, Stale and Invalid are the callbacks that were refused: for their signature, because it
	// was too old, and because they could not be read.
	Forged  uint64 `json:"forged"`
	Stale   uint64 `json:"stale"`
	Invalid uint64 `json:"invalid"`
	// Missing is the answers without a callback.
	Missing uint64 `json:"missing"`
	// Naive adds up every callback, Idempotent each ID once, and Reconciled adds to that what the
	// answers without a callback told.
	Naive      Tokens `json:"naive"`
	Idempotent Tokens `json:"idempotent"`
	Reconciled Tokens `json:"reconciled"`
}

// Sent is the mock's own account of its callbacks: Billed = Lost + Delivered + Undelivered.
type Sent struct {
	// Billed is the number of billed answers; each has a callback.
	Billed uint64 `json:"billed"`
	// Lost counts the callbacks never sent, Duplicated the ones that the harness accepted twice, and
	// Undelivered the ones that it did not accept or that were still due when the run had ended.
	Lost              uint64 `json:"lost"`
	LostTokens        Tokens `json:"lost_tokens"`
	Delivered         uint64 `json:"delivered"`
	Duplicated        uint64 `json:"duplicated"`
	DuplicatedTokens  Tokens `json:"duplicated_tokens"`
	Undelivered       uint64 `json:"undelivered"`
	UndeliveredTokens Tokens `json:"undelivered_tokens"`
	Reordered         uint64 `json:"reordered"`
	// Forged and Replayed count the callbacks sent with a wrong or an old signature, and WronglyTaken how
	// many of these the harness accepted.
	Forged       uint64 `json:"forged"`
	Replayed     uint64 `json:"replayed"`
	WronglyTaken uint64 `json:"wrongly_taken"`
}

// Merge adds what another mock of the same arm sent; nil adds nothing.
func (s *Sent) Merge(other *Sent) {
	if other == nil {
		return
	}
	s.Billed += other.Billed
	s.Lost += other.Lost
	s.LostTokens.merge(other.LostTokens)
	s.Delivered += other.Delivered
	s.Duplicated += other.Duplicated
	s.DuplicatedTokens.merge(other.DuplicatedTokens)
	s.Undelivered += other.Undelivered
	s.UndeliveredTokens.merge(other.UndeliveredTokens)
	s.Reordered += other.Reordered
	s.Forged += other.Forged
	s.Replayed += other.Replayed
	s.WronglyTaken += other.WronglyTaken
}
