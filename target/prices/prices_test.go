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

func TestPriceOfBatches(t *testing.T) {
	whole := Price{Input: 3, Output: 15, CacheRead: new(0.3)}
	for _, row := range []struct {
		name  string
		batch *Batch
		want  Price
		known bool
	}{
		{"none is assumed", nil, Price{}, false},
		{"a share", &Batch{Share: new(0.5)}, Price{Input: 1.5, Output: 7.5, CacheRead: new(0.15), CacheWrite: new(1.5)}, true},
		{"free", &Batch{Share: new(0.0)}, Price{CacheRead: new(0.0), CacheWrite: new(0.0)}, true},
		{"its own", &Batch{Input: new(2.0), Output: new(8.0)}, Price{Input: 2, Output: 8}, true},
		{"its own, with caches", &Batch{Input: new(2.0), Output: new(8.0), CacheRead: new(0.2)}, Price{Input: 2, Output: 8, CacheRead: new(0.2)}, true},
		{"half of its own", &Batch{Input: new(2.0)}, Price{}, false},
		{"both", &Batch{Share: new(0.5), Input: new(2.0)}, Price{}, false},
	} {
		of := whole
		of.Batch = row.batch
		got, known := of.InBatch()
		if known != row.known || !got.equal(row.want) || known != (row.batch != nil && row.batch.Wrong() == "") {
			t.Errorf("%s: %+v, %v, want %+v, %v", row.name, got, known, row.want, row.known)
		}
	}
}
