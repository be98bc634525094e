package ledger

// Callbacks counts usage callbacks by what became of them. When none is on its way, Billed is the sum
// of Lost, Delivered and Undelivered.
type Callbacks struct {
	// Billed is the number of billed answers; each has a callback.
	Billed uint64 `json:"billed"`
	// Lost counts the callbacks that were never sent, because of callbacks.loss, and LostTokens their tokens.
	Lost       uint64 `json:"lost"`
	LostTokens Tokens `json:"lost_tokens"`
	// Delivered counts the callbacks that the receiver accepted.
	Delivered uint64 `json:"delivered"`
	// Duplicated counts the callbacks that it accepted a second time.
	Duplicated       uint64 `json:"duplicated"`
	DuplicatedTokens Tokens `json:"duplicated_tokens"`
	// Undelivered counts the callbacks that it refused or did not answer, or that were still due when the mock
	// stopped sending.
	Undelivered       uint64 `json:"undelivered"`
	UndeliveredTokens Tokens `json:"undelivered_tokens"`
	// Reordered counts the callbacks that were held back until the next one had been sent.
	Reordered uint64 `json:"reordered"`
	// Forged and Replayed are the callbacks with a wrong and with an old signature that were
	// sent, WronglyTaken those of them that the receiver did not refuse.
	Forged       uint64 `json:"forged"`
	Replayed     uint64 `json:"replayed"`
	WronglyTaken uint64 `json:"wrongly_taken"`
}

// Add adds other counts.
func (c *Callbacks) Add(other Callbacks) {
	c.Billed += other.Billed
	c.Lost += other.Lost
	c.LostTokens.Add(other.LostTokens)
	c.Delivered += other.Delivered
	c.Duplicated += other.Duplicated
	c.DuplicatedTokens.Add(other.DuplicatedTokens)
	c.Undelivered += other.Undelivered
	c.UndeliveredTokens.Add(other.UndeliveredTokens)
	c.Reordered += other.Reordered
	c.Forged += other.Forged
	c.Replayed += other.Replayed
	c.WronglyTaken += other.WronglyTaken
}

// Add adds other tokens.
func (t *Tokens) Add(other Tokens) {
	t.Input += other.Input
	t.Output += other.Output
}

// Callbacks adds to the account of callbacks.
func (l *Ledger) Callbacks(more Callbacks) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts.Callbacks.Add(more)
}
