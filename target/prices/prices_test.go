package prices

import (
	"math"
	"testing"
)

func TestCost(t *testing.T) {
	whole := Price{Input: 3, Output: 15, CacheRead: new(0.3), CacheWrite: new(3.75)}
	for _, row := range []struct {
		price Price
		of    Tokens
		usd   float64
	}{
		{whole, Tokens{}, 0},
		{whole, Tokens{Input: 1e6, Output: 1e6}, 18},
		{whole, Tokens{Input: 1e6, Output: 0, CacheRead: 4e5, CacheWrite: 1e5}, 0.5*3 + 0.4*0.3 + 0.1*3.75},
		{whole, Tokens{Input: 10, CacheRead: 20, CacheWrite: 5}, 10 * 0.3e-6}, // parts are at most the whole
		{Price{Input: 0.15, Output: 0.6}, Tokens{Input: 1, Output: 1, CacheRead: 1}, 0.75e-6},
		{Price{Input: 100000}, Tokens{Input: math.MaxUint64}, Money(maxMoney).USD()},
	} {
		if got := row.price.Cost(row.of).USD(); math.Abs(got-row.usd) > 1e-12 {
			t.Errorf("%+v of %+v cost %v, want %v", row.of, row.price, got, row.usd)
		}
	}
	if got := whole.Most(1e6, 1e6); got != USD(18.75) {
		t.Errorf("most %v", got)
	}
}
