package stat

import "math"

// SerialCorrelation is the lag-1 autocorrelation of the ranks of x, which are in the order of
// time: near 0 for values that are independent of each other, near 1 for values that wander.
// Ranks (Wald & Wolfowitz, Annals of Mathematical Statistics 14, 1943) make it the same for
// values with outliers or infinite ones. It is corrected for its bias: n values around their own
// mean give one that is (1+3ρ)/n too low (Marriott & Pope, Biometrika 41, 1954). It is in −1…1,
// and 0 for fewer than MinValues values and for values that are all the same.
func SerialCorrelation(x []float64) float64 {
	n := float64(len(x))
	if len(x) < MinValues {
		return 0
	}
	ranks := doubledMidranks(x, func(v float64) float64 { return v })
	square, lagged := 0.0, 0.0
	for i, r := range ranks {
		d := float64(r) - (n + 1) // twice the mean rank
		square += d * d
		if i > 0 {
			lagged += d * (float64(ranks[i-1]) - (n + 1))
		}
	}
	if square == 0 {
		return 0
	}
	r := lagged / square
	return min(max(r+(1+3*r)/n, -1), 1)
}

// lasting is the autocorrelation of noise that lasts, of which a run's blocks may show the
// smaller ρ: noise of every block's own hides a part of it.
const lasting = 0.8

// highestRho is the highest autocorrelation that is corrected for: so few blocks cannot tell a
// higher one.
const highestRho = 0.9

// Shared is what all comparisons of a run together show of how its blocks follow each other. The
// zero Shared is of nothing.
type Shared struct {
	// Rho is the mean of their SerialCorrelation, and Samples their number.
	Rho     float64
	Samples int
}

// SharedBy is the Shared of some samples, without their bursts and those with too few values.
func SharedBy(samples [][]float64) Shared {
	s := Shared{}
	for _, x := range samples {
		if calm := WithoutBursts(x); len(calm) >= MinValues {
			s.Rho += SerialCorrelation(calm)
			s.Samples++
		}
	}
	s.Rho /= float64(max(s.Samples, 1))
	return s
}

// LeastWorth is how many independent values n independent values are worth to OfPairs, or more,
// in 95% of cases: it cannot know that they are independent.
func LeastWorth(n int) float64 {
	return float64(n) / inflation(1.645/math.Sqrt(float64(n)), Shared{}, n)
}

// inflation is how many times the variance of a mean of n values is that of a mean of independent
// ones. own is their SerialCorrelation, of which a first-order autoregression makes
// (1+ρ)/(1−ρ). That of all samples together varies less, and noise that lasts is the machine's
// more than one comparison's, so that it may be that of noise with the autocorrelation lasting
// that is half hidden: 1+2ρ/(1−lasting), with ρ less the fewer the samples. To be on the safe
// side, 1/n is added to the one, which varies by 1/√n, and half of that to the other, but not
// where n is so small that ρ could not be told.
func inflation(own float64, shared Shared, n int) float64 {
	const few = 12
	margin := 0.0
	if n >= few {
		margin = 1 / float64(n)
	}
	bound := func(rho float64) float64 { return min(max(rho, 0), highestRho) }
	rho := bound(own + margin)
	out := (1 + rho) / (1 - rho)
	if shared.Samples > 0 {
		m := float64(shared.Samples)
		rho = bound((shared.Rho + margin/2) * m / (m + 1))
		out = max(out, 1+2*rho/(1-max(rho, lasting)))
	}
	return out
}
