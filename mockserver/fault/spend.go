package fault

import "sync/atomic"

// Spend limits the total number of tokens billed, like a monthly spend limit: waiting
// does not help, so that refusals have no Retry-After.
type Spend struct {
	// Tokens is the number of input and output tokens after which every request is
	// refused, 0…1000000000000000; default 0, which refuses all requests.
	Tokens uint64 `yaml:"tokens" check:"min=0,max=1000000000000000"`
}

// Allowance enforces a Spend. It is safe for concurrent use.
type Allowance struct {
	limit  atomic.Pointer[Spend] // nil means no limit
	billed atomic.Uint64
}

// NewAllowance returns an unused allowance. A nil spend means no limit.
func NewAllowance(spend *Spend) *Allowance {
	a := &Allowance{}
	a.Configure(spend)
	return a
}

// Configure replaces the limit from now on; nil means no limit. Tokens billed before still count.
func (a *Allowance) Configure(spend *Spend) {
	if spend != nil {
		clone := *spend
		spend = &clone
	}
	a.limit.Store(spend)
}

// Spent reports whether the limit has been reached, so that requests must be refused.
func (a *Allowance) Spent() bool {
	limit := a.limit.Load()
	return limit != nil && a.billed.Load() >= limit.Tokens
}

// Bill adds billed tokens. Allowed requests are billed in full, so that the last ones may
// exceed the limit, as with real APIs.
func (a *Allowance) Bill(tokens uint64) { a.billed.Add(tokens) }

// Reset sets the billed tokens to 0.
func (a *Allowance) Reset() { a.billed.Store(0) }
