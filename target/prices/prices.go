// Package prices knows what models charge for tokens: prices that a scenario gives, and files of
// prices in the shapes that are published.
package prices

import "math"

// Price is what a model charges, in USD per million tokens.
type Price struct {
	// Input is the price of a million input tokens in USD, 0…100000; default 0.
	Input float64 `yaml:"input" check:"min=0,max=100000"`
	// Output is the price of a million output tokens in USD, reasoning included, 0…100000; default 0.
	Output float64 `yaml:"output" check:"min=0,max=100000"`
	// CacheRead is the price of a million input tokens that are read from the provider's prompt cache, in USD, 0…100000; default input.
	CacheRead *float64 `yaml:"cache_read" check:"min=0,max=100000"`
	// CacheWrite is the price of a million input tokens that are written to the provider's prompt cache, in USD, 0…100000; default input.
	CacheWrite *float64 `yaml:"cache_write" check:"min=0,max=100000"`
	// Batch is the price of tokens in a batch (load.batch); default unknown; a file of prices may have it.
	Batch *Batch `yaml:"batch"`
}

// Batch is what a model charges for tokens in a batch: a share of its other prices, or prices of
// their own.
type Batch struct {
	// Share is the price of a token in a batch as a share of its price otherwise, 0…1; default none. With it, input, output, cache_read and cache_write must not be given.
	Share *float64 `yaml:"share" check:"min=0,max=1"`
	// Input is the price of a million input tokens in a batch, in USD, 0…100000; default none. Without share, it and output are required.
	Input *float64 `yaml:"input" check:"min=0,max=100000"`
	// Output is the price of a million output tokens in a batch, in USD, 0…100000; default none.
	Output *float64 `yaml:"output" check:"min=0,max=100000"`
	// CacheRead is the price of a million input tokens in a batch that are read from the provider's prompt cache, in USD, 0…100000; default input.
	CacheRead *float64 `yaml:"cache_read" check:"min=0,max=100000"`
	// CacheWrite is the price of a million input tokens in a batch that are written to the provider's prompt cache, in USD, 0…100000; default input.
	CacheWrite *float64 `yaml:"cache_write" check:"min=0,max=100000"`
}

// Wrong says what is wrong with the prices of a batch; "" if nothing is.
func (b *Batch) Wrong() string {
	switch {
	case b == nil:
		return ""
	case b.Share == nil && (b.Input == nil || b.Output == nil):
		return "expected share, or input and output"
	case b.Share != nil && (b.Input != nil || b.Output != nil || b.CacheRead != nil || b.CacheWrite != nil):
		return "expected share, or input and output, found both"
	}
	return ""
}

// InBatch returns the price of tokens in a batch; false if it is unknown.
func (p Price) InBatch() (Price, bool) {
	b := p.Batch
	switch {
	case b == nil || b.Wrong() != "":
		return Price{}, false
	case b.Share == nil:
		return Price{Input: *b.Input, Output: *b.Output, CacheRead: b.CacheRead, CacheWrite: b.CacheWrite}, true
	}
	of := func(price float64) float64 { return price * *b.Share }
	read, write := of(p.readPrice()), of(p.writePrice())
	return Price{Input: of(p.Input), Output: of(p.Output), CacheRead: &read, CacheWrite: &write}, true
}

// Tokens are tokens to be paid for. Input includes those read from the prompt cache and those
// written to it.
type Tokens struct{ Input, Output, CacheRead, CacheWrite uint64 }

// Cost is the price of some tokens.
func (p Price) Cost(t Tokens) Money {
	read := min(t.CacheRead, t.Input)
	write := min(t.CacheWrite, t.Input-read)
	return perToken(p.Input).times(t.Input-read-write) + perToken(p.readPrice()).times(read) +
		perToken(p.writePrice()).times(write) + perToken(p.Output).times(t.Output)
}

// Most is the highest price that some tokens may have, whatever the prompt cache does.
func (p Price) Most(input, output uint64) Money {
	return perToken(max(p.Input, p.readPrice(), p.writePrice())).times(input) + perToken(p.Output).times(output)
}

func (p Price) readPrice() float64  { return orInput(p.CacheRead, p.Input) }
func (p Price) writePrice() float64 { return orInput(p.CacheWrite, p.Input) }

func orInput(price *float64, input float64) float64 {
	if price == nil {
		return input
	}
	return *price
}

// Money is an amount in 10⁻¹² USD, so that the price of a token is a whole number.
type Money int64

// perUSD is a USD as Money, and maxMoney the most that is counted.
const (
	perUSD   = 1e12
	maxMoney = math.MaxInt64 / 4
)

// USD returns an amount in USD as Money.
func USD(amount float64) Money { return Money(math.Round(min(amount*perUSD, maxMoney))) }

// USD returns the amount in USD.
func (m Money) USD() float64 { return float64(m) / perUSD }

// perToken is the price of one token at a price in USD per million.
func perToken(price float64) Money { return Money(math.Round(price * perUSD / 1e6)) }

// times is the amount n times. It does not overflow.
func (m Money) times(n uint64) Money {
	if m > 0 && n > uint64(maxMoney/m) {
		return maxMoney
	}
	return m * Money(n)
}
