package gate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/bench/figures"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// lostLimit is the share of blocks without an answer past which latencies say nothing.
const lostLimit = 0.2

// scale turns a share of the base into the units that an effect is measured in, and
// back. Effects are signed so that more is worse.
type scale struct {
	effect func(share float64) float64
	share  func(effect float64) float64
	// figure is what is printed: a ratio of head over base, or a difference.
	figure func(effect float64) float64
}

func same(v float64) float64 { return v }

// scaleOf is that of a metric: effects are log ratios, of the inverse for tps, and
// differences in the share of failed prompts for error_rate.
func scaleOf(m metric.Metric) scale {
	switch {
	case m.Kind == metric.OfShare:
		return scale{same, same, same}
	case m.Better == metric.Higher:
		return scale{
			effect: func(share float64) float64 { return -math.Log1p(-share) },
			share:  func(effect float64) float64 { return -math.Expm1(-effect) },
			figure: func(effect float64) float64 { return math.Exp(-effect) },
		}
	}
	return scale{math.Log1p, math.Expm1, math.Exp}
}

// evidence is what was found out about how much worse a head is than its base.
type evidence struct {
	// missing says why there is none; the rest is then empty, save for what is known of effect.
	missing string
	// effect is the estimate, positive where the head is worse; NaN where it is not known.
	effect float64
	// p is the one-sided p that it is worse.
	p float64
	// low and high bound effect at the look's chance of a false pass, one-sided each.
	low, high float64
	// sd is the standard error of effect.
	sd float64
	// sees is the smallest effect whose p is at most alpha with a chance of power; endless for none.
	sees   func(alpha float64) float64
	doubts []string
}

func missing(format string, args ...any) evidence {
	return evidence{missing: fmt.Sprintf(format, args...), effect: math.NaN()}
}

// ofSample is the evidence of log ratios by blocks, signed so that more is worse.
func ofSample(s figures.Sample, passAlpha float64) evidence {
	switch {
	case len(s.Logs) == 0:
		return evidence{missing: firstOr(s.Warnings, "no block can be compared"), effect: math.NaN()}
	case s.Lost > lostLimit:
		return missing("%.0f%% of the blocks have an arm that answered nothing, over %.0f%%", s.Lost*100, lostLimit*100)
	}
	e := stat.HodgesLehmann(s.Logs, 1-2*passAlpha)
	out := evidence{effect: e.Value, doubts: s.Warnings}
	calm := stat.WithoutBursts(s.Logs)
	t := stat.SignedRank(calm)
	if t == nil || e.Interval == nil {
		out.missing = fmt.Sprintf("%d blocks, or groups of them, are too few", len(s.Logs))
		return out
	}
	if t.N < len(calm) {
		out.doubts = append(out.doubts, fmt.Sprintf("%d of %d blocks show no difference at all", len(calm)-t.N, len(calm)))
	}
	if 2*t.Tied > t.N {
		out.doubts = append(out.doubts, fmt.Sprintf("%d of %d blocks differ by the same as another: ties make the test coarse", t.Tied, t.N))
	}
	if burst := len(s.Logs) - len(calm); burst > 0 {
		out.doubts = append(out.doubts, fmt.Sprintf("left out of the test: %d of %d blocks, bursts over %d times as far off as most", burst, len(s.Logs), stat.BurstFactor))
	}
	out.p, out.low, out.high = t.Greater, e.Interval.Low, e.Interval.High
	out.sd = (out.high - out.low) / 2 / distuv.UnitNormal.Quantile(1-passAlpha)
	out.sees = ranksSee(out.sd, t.N)
	return out
}

// efficiency is that of ranks against the mean, in blocks, where noise is normal
// (Hollander & Wolfe, Nonparametric Statistical Methods, 2nd ed., §3.11).
const efficiency = 3 / math.Pi

// ranksSee is what a signed-rank test of n values sees, whose estimate has the standard error sd.
func ranksSee(sd float64, n int) func(alpha float64) float64 {
	spread := sd * math.Sqrt(float64(n)*efficiency)
	return func(alpha float64) float64 { return spread * stat.SignedRankSees(n, alpha, power) }
}

// meansSee is what a test of means sees, or a permutation, which sees about as much,
// whose estimate has the standard error sd with so many degrees of freedom.
func meansSee(sd float64, freedom int) func(alpha float64) float64 {
	t := distuv.StudentsT{Sigma: 1, Nu: float64(freedom)}
	return func(alpha float64) float64 { return sd * (t.Quantile(1-alpha) + t.Quantile(power)) }
}

func firstOr(texts []string, none string) string {
	if len(texts) > 0 {
		return texts[0]
	}
	return none
}

// worseUp is a sample signed so that more is worse.
func worseUp(m metric.Metric, s figures.Sample) figures.Sample {
	if m.Better != metric.Higher {
		return s
	}
	logs := make([]float64, len(s.Logs))
	for i, v := range s.Logs {
		logs[i] = -v
	}
	s.Logs = logs
	return s
}

// ofErrors is the evidence of failed prompts, block by block: a sign-flip permutation
// of the differences of the shares, with bounds by the spread between blocks.
func ofErrors(pairs []figures.Pair, passAlpha float64) evidence {
	inBase, inHead := figures.FailuresInPairs(pairs)
	if len(inBase) == 0 {
		return missing("no complete block has prompts due in every arm")
	}
	differences := figures.ErrorRateDifferences(inHead, inBase)
	base, head := stat.RateOf(inBase).Value, stat.RateOf(inHead).Value
	out := evidence{effect: head - base, p: stat.SignFlip(differences).Greater}
	e := stat.MeanBounds(differences, passAlpha)
	if e.Interval == nil {
		out.missing = fmt.Sprintf("%d blocks are too few", len(differences))
		return out
	}
	n := min(prompts(inHead), prompts(inBase))
	out.reach((e.Interval.High-e.Interval.Low)/2, passAlpha, head+base, n)
	out.sees = meansSee(out.sd, len(differences)-1)
	if head+base == 0 {
		out.doubts = append(out.doubts, fmt.Sprintf("nothing failed: the bounds take %.0f prompts for independent", n))
	}
	return out
}

// reach bounds a difference of shares whose bounds are wald to either side by their
// score: as failures rise so does their spread, which few failures seen do not show
// (Wilson, JASA 22, 1927, for one share). It is z²/n where nothing failed at all. sum is
// that of the shares, n the prompts of one side. No share passes the whole.
func (e *evidence) reach(wald, passAlpha, sum, n float64) {
	z := distuv.UnitNormal.Quantile(1 - passAlpha)
	apiece := 1.0 // failures that come together
	if sum > 0 {
		apiece = max(1, wald*wald/(z*z)*n/sum)
	}
	half := z * z * apiece / n / 2
	reach := half + math.Sqrt(half*half+wald*wald)
	e.low, e.high, e.sd = max(e.effect-reach, -1), min(e.effect+reach, 1), reach/z
}
