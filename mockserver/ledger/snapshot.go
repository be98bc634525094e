package ledger

// Snapshot is a ledger's JSON form. Counts cover API attempts of all phases;
// token requests are not attempts. Once nothing is in flight,
// attempts = the sum of statuses + faults.reset + gone.
type Snapshot struct {
	Attempts uint64 `json:"attempts"`
	// IDs are the attempt ids seen, a roaring bitmap in base64.
	IDs string `json:"ids"`
	// Unnamed is how many attempts came without an id.
	Unnamed uint64 `json:"unnamed"`
	// Duplicates is how many attempts came with an id seen before.
	Duplicates uint64 `json:"duplicates"`
	// Gone is how many clients left before they were answered.
	Gone uint64 `json:"gone"`
	// Prompts are those of bodies that were read and understood.
	Prompts  uint64            `json:"prompts"`
	Statuses map[string]uint64 `json:"statuses"`
	// Faults counts what was dealt: attempts, and prompts for item_errors.
	Faults map[string]uint64 `json:"faults"`
	// Tokens are those billed.
	Tokens         Tokens `json:"tokens"`
	TokenRequests  uint64 `json:"token_requests"`
	Introspections uint64 `json:"introspections"`
	// Phases counts attempts by what the client said it was doing.
	Phases map[string]uint64 `json:"phases"`
	// Served are the durations of answered attempts in µs, HdrHistogram's V2 compressed form in base64.
	Served string `json:"served"`
}

// Tokens are billed tokens.
type Tokens struct {
	Input  uint64 `json:"input"`
	Output uint64 `json:"output"`
}
