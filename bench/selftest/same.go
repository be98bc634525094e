package selftest

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/bench/record"
)

// What a visible effect is computed for: a gate's first look, one-sided, at the
// level its looks have in all, likely to be seen.
const (
	gateBlocks = 15
	gateAlpha  = 0.01
	gatePower  = 0.95
)

// compareSame compares the two arms of a record block by block.
func compareSame(rec *record.Record) *Same {
	s := &Same{Spread: map[string]float64{}, Visible: map[string]float64{}}
	for metric, of := range map[string]func(*record.Block) float64{
		"tps": func(b *record.Block) float64 { return float64(b.Closed.InWindow) / b.Closed.DurationMS },
		"p50": func(b *record.Block) float64 { return float64(b.Open.Response.Quantile(0.5)) },
		"p90": func(b *record.Block) float64 { return float64(b.Open.Response.Quantile(0.9)) },
	} {
		ratios := logRatios(rec, of)
		s.Blocks = len(ratios)
		if len(ratios) < 2 {
			continue
		}
		s.Spread[metric] = stat.StdDev(ratios, nil)
		s.Visible[metric] = visible(s.Spread[metric])
	}
	return s
}

// logRatios are those of the second arm over the first, of the blocks that both
// were measured in.
func logRatios(rec *record.Record, of func(*record.Block) float64) []float64 {
	var ratios []float64
	a, b := rec.Arms[0].Blocks, rec.Arms[1].Blocks
	for i := range min(len(a), len(b)) {
		if a[i].Complete && b[i].Complete {
			if ratio := math.Log(of(&b[i]) / of(&a[i])); !math.IsNaN(ratio) && !math.IsInf(ratio, 0) {
				ratios = append(ratios, ratio)
			}
		}
	}
	return ratios
}

// visible is the relative effect that a signed-rank test of gateBlocks blocks sees
// with gatePower at gateAlpha, by its normal approximation: (z_α + z_power)·sd/√n,
// and √(π/3) more, as its efficiency against the mean is 3/π for normal noise
// (Hollander & Wolfe, Nonparametric Statistical Methods, 2nd ed., §3.11).
func visible(sd float64) float64 {
	z := distuv.UnitNormal.Quantile(1-gateAlpha) + distuv.UnitNormal.Quantile(gatePower)
	return math.Expm1(z * sd / math.Sqrt(gateBlocks) * math.Sqrt(math.Pi/3))
}
