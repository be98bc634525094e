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

// Serial is how the values of blocks follow each other.
type Serial struct {
	// Values is their number, and Rho their SerialCorrelation, or that of the gate if it is higher.
	Values int
	Rho    float64
	// Worth is how many independent values they are worth to an interval, at least 1, and Sure how
	// many to a p: fewer in a gate, which must not err if Rho is too low by chance.
	Worth, Sure float64
}

func independent(n int) Serial { return Serial{Values: n, Worth: float64(n), Sure: float64(n)} }

// serialOf describes the values x of so many blocks; blocks counts bursts too, which x lacks.
func serialOf(x []float64, blocks int, shared Shared) Serial {
	s, n := independent(len(x)), float64(len(x))
	s.Rho = SerialCorrelation(x)
	s.Worth = max(n/shared.forBounds(s.Rho, blocks), 1)
	s.Sure = s.Worth
	if shared.Samples > 0 {
		s.Sure = min(s.Worth, max(n/shared.forGate(s.Rho, blocks), 1))
		s.Rho = max(s.Rho, shared.Rho)
		if shared.Strict {
			s.Worth = s.Sure
		}
	}
	return s
}

// lasting is the autocorrelation of the noise that lasts over several blocks. The blocks of a run may show
// a smaller ρ, because noise of single blocks hides a part of it. It is also the highest autocorrelation at
// which a gate keeps its promise.
const lasting = 0.8

// highestRho is the highest autocorrelation that is corrected for: so few blocks cannot tell a
// higher one.
const highestRho = 0.9

// Shared is what all comparisons of a gate together show of how its blocks follow each other. The
// zero Shared belongs to no gate.
type Shared struct {
	// Rho is the mean of their SerialCorrelation, and Samples their number.
	Rho     float64
	Samples int
	// Longest is the number of values in the longest sample.
	Longest int
	// Strict makes intervals as sure as p's.
	Strict bool
}

// SharedBy returns the Shared of some samples. Samples with too few values other than 0 do not count.
// Bursts are left out of the correlation.
func SharedBy(samples [][]float64) Shared {
	s := Shared{}
	for _, x := range samples {
		calm, same := WithoutBursts(x), 0
		for _, v := range calm {
			if v == 0 {
				same++
			}
		}
		if len(calm)-same >= MinValues {
			s.Rho += SerialCorrelation(calm)
			s.Samples++
			s.Longest = max(s.Longest, len(x))
		}
	}
	s.Rho /= float64(max(s.Samples, 1))
	return s
}

// LeastWorth is how many independent values n independent values are worth to a gate's p, or more,
// in 95% of cases, in a gate of so many samples: it cannot know that they are independent.
func LeastWorth(n, samples int) float64 {
	shared := Shared{Samples: samples, Longest: n}
	return float64(n) / shared.forGate(1.645/math.Sqrt(float64(n)), n)
}

// inflation is how many times the variance of a mean of n values is that of a mean of independent
// ones. own is their correlation, of which a first-order autoregression makes (1+ρ)/(1−ρ). That of
// all samples together varies less, and noise that lasts is the machine's more than one
// comparison's, so that it may be that of noise with the autocorrelation lasting that is half
// hidden: 1+2ρ/(1−lasting).
func inflation(own, all float64) float64 {
	own, all = max(own, 0), min(max(all, 0), highestRho)
	return max((1+own)/(1-own), 1+2*all/(1-max(all, lasting)))
}

// forBounds is the inflation that an interval takes, by the estimates and not much more.
func (s Shared) forBounds(own float64, n int) float64 {
	all := 0.0
	if s.Samples > 0 {
		m := float64(s.Samples)
		if all = s.Rho; n >= few {
			all += 0.5 / float64(n)
		}
		all *= m / (m + 1) // less, the fewer the samples
	}
	return inflation(min(own+margin(n), highestRho), all)
}

// forGate is the inflation that the p of a gate takes.
func (s Shared) forGate(own float64, n int) float64 {
	m := float64(s.Samples)
	all := (s.Rho + 0.5/math.Sqrt(float64(n)*m)) * m / (m + 0.5)
	return inflation(min(own+s.margin(n), lasting), all)
}

// few and fewForGates are the numbers of values below which an estimate of their correlation is hardly
// better than none.
const few, fewForGates = 12, 15

// margin is how much higher than the SerialCorrelation of n values an interval takes their
// correlation to be, so that it covers the truth in 93% of cases at ρ = 0.5.
func margin(n int) float64 {
	if n < few {
		return 0.5 / math.Sqrt(float64(n))
	}
	return 1 / float64(n)
}

// margin is how much higher than its estimate a gate's p takes the correlation to be. A gate may call
// identical builds a regression in 1% of cases at most, up to ρ = lasting, and most of these are cases in
// which the estimate, which varies by 1/√n, is too low by chance. That is rarer the more comparisons a gate
// has. The factors were found by simulation (bench/gate/NOISE.md).
func (s Shared) margin(n int) float64 {
	if s.Longest < fewForGates {
		return 2 / math.Sqrt(float64(n))
	}
	return 1.6 / math.Sqrt(float64(n*s.Samples))
}

// fewestFreedom is the fewest degrees of freedom of a standard error. The spread of values that follow
// each other is known better than their mean: with ρ = 0.7, 15 values show their spread as well as 5
// independent ones do (Bayley & Hammersley, Supplement to the JRSS 8, 1946), but their mean only as well
// as 2.
const fewestFreedom = 3

// Freedom is the degrees of freedom of the standard error of values that are worth so many
// independent ones.
func Freedom(worth float64) float64 { return max(worth-1, fewestFreedom) }

// Widening is how many times as large the standard error of n values is as it would be if they
// were independent. worth is how many independent values they are worth. Values that follow each
// other lie closer to their own mean than independent ones, too, so that their variance is
// (n−n/worth)/(n−1) of the true one (Bayley & Hammersley). At most a third of the true one is
// taken to be missing, as so few values cannot tell more.
func Widening(n int, worth float64) float64 {
	const leastKept = 2.0 / 3
	inflation := float64(n) / worth
	kept := max((float64(n)-inflation)/float64(n-1), leastKept)
	return math.Sqrt(inflation / kept)
}
