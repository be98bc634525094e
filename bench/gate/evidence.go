package gate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// lostLimit is the share of blocks without an answer on either side above which latencies and
// TPS are not judged.
const lostLimit = 0.2

// scale converts between a share of the base and the effects that a metric is tested by.
// Effects are signed so that more is worse.
type scale struct {
	effect func(share float64) float64
	share  func(effect float64) float64
	// figure converts an effect to the figure printed: the ratio of head over base, or a
	// difference.
	figure func(effect float64) float64
}

// known is the figure of an effect; nil if that is not known or infinite.
func (s scale) known(effect float64) *float64 {
	if figures.Known(effect) == nil {
		return nil
	}
	return figures.Known(s.figure(effect))
}

// scaleOf is a metric's scale. Effects are log ratios, of base over head where higher is
// better, and differences of shares.
func scaleOf(m metric.Metric) scale {
	unchanged := func(v float64) float64 { return v }
	switch {
	case m.Kind == metric.OfShare:
		return scale{unchanged, unchanged, unchanged}
	case m.Better == metric.Higher:
		return scale{
			effect: func(share float64) float64 { return -math.Log1p(-share) },
			share:  func(effect float64) float64 { return -math.Expm1(-effect) },
			figure: func(effect float64) float64 { return math.Exp(-effect) },
		}
	}
	return scale{math.Log1p, math.Expm1, math.Exp}
}

// evidence is an estimate of how much worse a head is than its base, with its error.
type evidence struct {
	// missing says why there is no evidence. Only effect may then be known.
	missing string
	// effect is the estimate, positive where the head is worse; NaN if it is not known, and
	// infinite if one side answered nothing in most blocks.
	effect float64
	// p is the one-sided p against the alternative that the head is worse.
	p float64
	// low and high bound effect, each with the look's chance of a false pass.
	low, high float64
	// sd is the standard error of effect.
	sd float64
	// detects returns the smallest effect that a test at level alpha detects with probability
	// power, or infinity.
	detects func(alpha float64) float64
	// following says that blocks follow each other, so that they are worth fewer independent ones, or that
	// baselines differ; empty if they do not.
	following string
	warnings  []string
}

func missing(format string, args ...any) evidence {
	return evidence{missing: fmt.Sprintf(format, args...), effect: math.NaN()}
}

// ratioEvidence tests log ratios by block, signed so that more is worse, with bounds of the
// one-sided passAlpha each. shared is what all samples of the gate have in common.
func ratioEvidence(s figures.Sample, passAlpha float64, shared stat.Shared) evidence {
	switch {
	case len(s.Logs) == 0 && len(s.Warnings) > 0:
		return missing("%s", s.Warnings[0])
	case len(s.Logs) == 0:
		return missing("no block can be compared")
	case s.Lost > lostLimit:
		return missing("in %.0f%% of the blocks neither side answered anything: more than %.0f%%", s.Lost*100, lostLimit*100)
	}
	p := s.Compared(1-2*passAlpha, shared)
	out := evidence{effect: p.Value, warnings: slices.Concat(s.Warnings, s.Silences)}
	if p.Interval == nil {
		out.missing = tooFewBlocks(len(s.Logs), "block, or group of blocks, is", "blocks, or groups of blocks, are")
		return out
	}
	if p.Ranked < p.Values {
		out.warn("%d of %d blocks show no difference at all", p.Values-p.Ranked, p.Values)
	}
	if 2*p.Tied > p.Ranked {
		out.warn("%d of %d blocks differ by the same amount as another: ties make the test coarse", p.Tied, p.Ranked)
	}
	if p.Bursts > 0 {
		out.warn("%d of %d blocks left out as bursts: they differ by over %d times the median difference", p.Bursts, len(s.Logs), stat.BurstFactor)
	}
	out.p, out.low, out.high = p.Greater, p.Interval.Low, p.Interval.High
	if all := p.WithBursts; all != nil { // a head that is slow now and then does not pass
		out.high = max(out.high, all.High)
	}
	out.sd = p.StandardError
	out.detects = detectedByRanks(out.sd/standardErrors(p.Values, p.Worth), p.Values, p.Ranked, p.Sure)
	out.following = followingOf(p.Serial)
	return out
}

// tooFewBlocks says that there is no evidence in so few blocks.
func tooFewBlocks(n int, one, several string) string {
	if n == 1 {
		return "1 " + one + " too few"
	}
	return fmt.Sprintf("%d %s too few", n, several)
}

// followingLimit is the number of independent blocks that the blocks are worth, as a share of their number,
// below which an inconclusive finding says that they follow each other.
const followingLimit = 0.5

func followingOf(s stat.Serial) string {
	if s.Sure >= followingLimit*float64(s.Values) {
		return ""
	}
	return figures.WorthFewer(s)
}

func (e *evidence) warn(format string, args ...any) {
	e.warnings = append(e.warnings, fmt.Sprintf(format, args...))
}

// efficiency is the asymptotic relative efficiency of the signed-rank test against the t
// test, in blocks, if noise is normal (Hollander & Wolfe, Nonparametric Statistical
// Methods, 2nd ed., §3.11).
const efficiency = 3 / math.Pi

// standardErrors is the standard error of the estimate of n values that are worth so many
// independent ones, in standard deviations.
func standardErrors(n int, worth float64) float64 {
	return stat.Widening(n, worth) / math.Sqrt(float64(n)*efficiency)
}

// detectedByRanks returns the smallest effect that stat.OfPairs detects in n values with the
// standard deviation spread, of which ranked are not 0, and which are worth so many independent
// ones.
func detectedByRanks(spread float64, n, ranked int, worth float64) func(alpha float64) float64 {
	ranks := func(alpha float64) float64 { return spread * stat.DetectableShift(ranked, alpha, power) }
	if worth >= float64(n) {
		return ranks
	}
	means := detectedByMeans(spread*standardErrors(n, worth), stat.Freedom(worth))
	return func(alpha float64) float64 { return max(ranks(alpha), means(alpha)) }
}

// detectedByMeans returns the smallest effect that a t test detects. A permutation test has about
// the same power. sd is the standard error of the estimate, df its degrees of freedom.
func detectedByMeans(sd, df float64) func(alpha float64) float64 {
	t := distuv.StudentsT{Sigma: 1, Nu: df}
	return func(alpha float64) float64 { return sd * (t.Quantile(1-alpha) + t.Quantile(power)) }
}

// worseUp returns the sample with signs that make larger values worse.
func worseUp(m metric.Metric, s figures.Sample) figures.Sample {
	if m.Better != metric.Higher {
		return s
	}
	logs := make([]float64, len(s.Logs))
	for i, v := range s.Logs {
		logs[i] = -v
	}
	s.Logs, s.Totals = logs, -s.Totals
	return s
}

// errorRateEvidence tests the differences of the error rates, block by block, by stat.OfMeans. shared is
// what all error rates of the gate have in common.
func errorRateEvidence(f failures, passAlpha float64, shared stat.Shared) evidence {
	switch {
	case len(f.base) == 0:
		return missing("no complete block has prompts due in every arm")
	case f.sum() == 2:
		return missing(nothingAnswered)
	}
	a, d := stat.OfMeans(f.differences(), shared), stat.PairedDifferenceOf(f.head, f.base)
	out := evidence{effect: d.Value, p: a.Greater}
	if !out.boundShare(d, passAlpha) {
		out.missing = tooFewBlocks(a.Values, "block is", "blocks are")
		return out
	}
	out.detects = detectedByMeans(out.sd, stat.Freedom(a.Sure))
	if f.sum() == 0 {
		out.warn("nothing failed: the bounds assume that %.0f prompts fail independently", f.prompts())
	} else {
		out.following = followingOf(a.Serial)
	}
	return out
}

// nothingAnswered says why equal error rates of 100% are no pass.
const nothingAnswered = "nothing was answered on either side"

// boundShare sets bounds at the distance of the farther of the difference's two: a side of which few
// prompts happened to fail shows little of how much its failures vary. What baselines differ by widens either
// bound by itself. ok is false if there are too few blocks for bounds.
func (e *evidence) boundShare(d stat.ShareDifference, passAlpha float64) (ok bool) {
	reach := d.Within().Reach(passAlpha)
	if math.IsNaN(reach) {
		return false
	}
	above, below := d.BetweenRuns(passAlpha)
	e.low, e.high = max(d.Value-math.Hypot(reach, above), -1), min(d.Value+math.Hypot(reach, below), 1)
	e.sd = math.Hypot(reach, above) / distuv.UnitNormal.Quantile(1-passAlpha)
	return true
}

// Visible returns the smallest change, as a share of the base, that a gate calls a regression with
// a chance of 95%, or nil if it can call none. The gate looks once, after blocks blocks whose
// ratios spread as s says, with the metric's default margin. family is the number of hypotheses.
func Visible(s figures.Spread, blocks, family int) *float64 {
	n := blocks * s.Values / s.Blocks
	worth := stat.LeastWorth(n, family)
	e := evidence{sd: s.SD * standardErrors(n, worth), detects: detectedByRanks(s.SD, n, n, worth)}
	h := hypothesis{metric: s.Metric, margin: s.Metric.Margin, evidence: e}
	return h.visible(looksOf(record.Plan{Blocks: blocks})[0], family)
}
