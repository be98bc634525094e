package fault

import "sync/atomic"

// Spend bounds the tokens that are billed in all, as a monthly limit on
// spending does: no wait helps, so there is no Retry-After.
type Spend struct {
	// Tokens is how many input and output tokens may be billed, at least 0; once
	// so many are, every request is refused; default 0, which refuses them all.
	Tokens uint64 `yaml:"tokens" check:"min=0"`
}

// Allowance is a Spend at work. It is safe for concurrent use.
type Allowance struct {
	limit  atomic.Pointer[Spend] // nil is none
	billed atomic.Uint64
}

// NewAllowance returns an allowance of which nothing is spent; spend may be nil, no bound.
func NewAllowance(spend *Spend) *Allowance {
	a := &Allowance{}
	a.Adopt(spend)
	return a
}

// Adopt makes spend hold from now on, nil being no bound. What was billed stays billed.
func (a *Allowance) Adopt(spend *Spend) {
	if spend != nil {
		own := *spend
		spend = &own
	}
	a.limit.Store(spend)
}

// Spent reports whether requests are refused, as all that may be billed is.
func (a *Allowance) Spent() bool {
	limit := a.limit.Load()
	return limit != nil && a.billed.Load() >= limit.Tokens
}

// Bill counts tokens as billed. Requests that were let through are billed in
// full, so that the last ones may overdraw the allowance, as on real APIs.
func (a *Allowance) Bill(tokens uint64) { a.billed.Add(tokens) }

// Reset forgets what was billed.
func (a *Allowance) Reset() { a.billed.Store(0) }
