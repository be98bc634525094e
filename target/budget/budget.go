// Package budget holds a run to what it may use up: each attempt is reserved before it leaves, and
// settled by what its answer reports.
package budget

import (
	"fmt"
	"strconv"
	"sync"

	"weighbridge/target/prices"
)

// Amount is what attempts use up. As a limit, 0 stands for none.
type Amount struct {
	// Requests counts attempts, and Prompts the prompts in them, again in each retry.
	Requests, Prompts         uint64
	InputTokens, OutputTokens uint64
	Cost                      prices.Money
}

func (a Amount) plus(b Amount) Amount {
	return Amount{
		a.Requests + b.Requests, a.Prompts + b.Prompts,
		a.InputTokens + b.InputTokens, a.OutputTokens + b.OutputTokens, a.Cost + b.Cost,
	}
}

func (a Amount) minus(b Amount) Amount {
	return Amount{
		a.Requests - b.Requests, a.Prompts - b.Prompts,
		a.InputTokens - b.InputTokens, a.OutputTokens - b.OutputTokens, a.Cost - b.Cost,
	}
}

// parts are an amount's numbers, named as in messages.
func (a Amount) parts() []part {
	return []part{
		{"requests", a.Requests, count},
		{"prompts", a.Prompts, count},
		{"input tokens", a.InputTokens, count},
		{"output tokens", a.OutputTokens, count},
		{"USD", uint64(a.Cost), func(n uint64) string { return usd(prices.Money(n)) }},
	}
}

// part is one number of an amount.
type part struct {
	name  string
	n     uint64
	words func(uint64) string
}

func count(n uint64) string { return strconv.FormatUint(n, 10) }

// usd writes an amount in USD with as many digits as tell it from 0.
func usd(m prices.Money) string { return strconv.FormatFloat(m.USD(), 'g', 6, 64) }

// Account is what one run may use up, and what it has used. It is safe for concurrent use.
type Account struct {
	limits Amount
	full   func(why string)

	mu sync.Mutex
	// used is what is settled or reserved, of which reserved is in flight, and assumed is settled
	// without a report, for so many attempts.
	used, reserved, assumed Amount
	assumedAttempts         uint64
	// why says what was reached; empty until then.
	why string
}

// New returns an unused account. Once an attempt does not fit into the limits any more, it calls
// full, once, and from then on refuses all.
func New(limits Amount, full func(why string)) *Account { return &Account{limits: limits, full: full} }

// Close refuses all further attempts, and says why. It does not call full.
func (a *Account) Close(why string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.why == "" {
		a.why = why
	}
}

// Exhausted is the refusal of an attempt.
type Exhausted struct{ Why string }

func (e Exhausted) Error() string { return e.Why }

// reserve takes an amount, or refuses it as a whole.
func (a *Account) reserve(n Amount) error {
	a.mu.Lock()
	if a.why == "" {
		a.why = a.lacking(n)
		if a.why == "" {
			a.used, a.reserved = a.used.plus(n), a.reserved.plus(n)
			a.mu.Unlock()
			return nil
		}
		defer a.full(a.why)
	}
	err := Exhausted{a.why}
	a.mu.Unlock()
	return err
}

// fits reports whether a limit has room for more.
func fits(limit, used, more uint64) bool { return limit == 0 || more <= limit-min(used, limit) }

// hasRoom reports whether all limits have room for an amount. It is called for every attempt. The caller holds a.mu.
func (a *Account) hasRoom(n Amount) bool {
	return fits(a.limits.Requests, a.used.Requests, n.Requests) && fits(a.limits.Prompts, a.used.Prompts, n.Prompts) &&
		fits(a.limits.InputTokens, a.used.InputTokens, n.InputTokens) && fits(a.limits.OutputTokens, a.used.OutputTokens, n.OutputTokens) &&
		fits(uint64(a.limits.Cost), uint64(a.used.Cost), uint64(n.Cost))
}

// lacking says which limit has no room for an amount; empty if all have. The caller holds a.mu.
func (a *Account) lacking(n Amount) string {
	if a.hasRoom(n) {
		return ""
	}
	used, reserved, next := a.used.parts(), a.reserved.parts(), n.parts()
	for i, limit := range a.limits.parts() {
		if fits(limit.n, used[i].n, next[i].n) {
			continue
		}
		inFlight, more := reserved[i].n, next[i].n
		said := fmt.Sprintf("%s of %s %s are used", limit.words(used[i].n-inFlight), limit.words(limit.n), limit.name)
		switch {
		case more == 1: // requests in flight will take no less
			return fmt.Sprintf("%s of %s %s are used", limit.words(used[i].n), limit.words(limit.n), limit.name)
		case inFlight > 0:
			return fmt.Sprintf("%s, requests in flight may take %s, and the next one %s", said, limit.words(inFlight), limit.words(more))
		}
		return fmt.Sprintf("%s, and the next request may take %s", said, limit.words(more))
	}
	return ""
}

// settle replaces a reservation by what was used; assumed is the part of that which no answer
// reports.
func (a *Account) settle(reserved, used, assumed Amount) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.reserved = a.reserved.minus(reserved)
	a.used = a.used.minus(reserved).plus(used)
	if assumed != (Amount{}) {
		a.assumed = a.assumed.plus(assumed)
		a.assumedAttempts++
	}
}

// Spent is what a run has used.
type Spent struct {
	// Used is what attempts used up, those in flight as reserved. Assumed is the part of it that no
	// answer reports, which is what was reserved for it, of so many attempts.
	Used, Assumed   Amount
	AssumedAttempts uint64
}

// Spent returns what has been used so far.
func (a *Account) Spent() Spent {
	a.mu.Lock()
	defer a.mu.Unlock()
	return Spent{a.used, a.assumed, a.assumedAttempts}
}
