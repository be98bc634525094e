package figures

import (
	"math"
	"slices"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Failures are failed prompts of prompts due, without those that the harness ended itself.
type Failures struct{ Failed, Due uint64 }

func failuresIn(s *record.Slice) Failures {
	failed, due := s.Charged()
	return Failures{failed, due}
}

// failuresFrom are the slices that an error rate is of, by its name.
func failuresFrom(name string) pick {
	if name == metric.ClosedErrorRate {
		return closedSlice
	}
	return mainSlice
}

// HasClosedErrors says whether an arm has closed load beside open load, so that the failures
// under closed load are no part of its error rate.
func HasClosedErrors(arm *record.Arm) bool {
	return arm.Load.OpenDurationMS > 0 && arm.Load.ClosedDurationMS > 0 ||
		slices.ContainsFunc(arm.Blocks, func(b record.Block) bool { return b.Open != nil && b.Closed != nil })
}

// FailuresOf are an arm's failures by the error rate of that name, in all blocks, incomplete ones
// included. The error rate of rules is over complete blocks only, and is
// given by Calculator.Arm.
func FailuresOf(name string, arm *record.Arm) (f Failures) {
	for i := range arm.Blocks {
		if s := failuresFrom(name)(arm, &arm.Blocks[i]); s != nil {
			f = f.plus(failuresIn(s))
		}
	}
	return f
}

// Rate is the share of the prompts due that failed; nil if none was due.
func (f Failures) Rate() *float64 { return Known(f.rate()) }

func (f Failures) rate() float64 { return float64(f.Failed) / float64(f.Due) }

func (f Failures) plus(other Failures) Failures {
	return Failures{f.Failed + other.Failed, f.Due + other.Due}
}

// FailuresByBlock are an arm's failed and due prompts in each complete block, by the error rate
// of that name.
func FailuresByBlock(name string, arm *record.Arm) []stat.Cluster {
	return failedOfDue(name, []*record.Arm{arm}, []*record.Arm{arm})
}

// FailuresInPairs are the failed and due prompts of all bases and of all heads together, by the
// error rate of that name, in each block that is complete in every arm.
func FailuresInPairs(name string, pairs []Pair) (base, head []stat.Cluster) {
	all := Arms(pairs)
	return failedOfDue(name, bases(pairs), all), failedOfDue(name, heads(pairs), all)
}

// failedOfDue adds up the arms, in the blocks in which each arm of all has prompts due.
func failedOfDue(name string, arms, all []*record.Arm) []stat.Cluster {
	from := failuresFrom(name)
	blocks := sharedBlocks(all, from, anyDue)
	return quotient{count: failed, of: due}.clusters(arms, blocks, from)
}

// ErrorRates are the error rates of the single blocks.
func ErrorRates(blocks []stat.Cluster) []float64 { return quotients(blocks) }

// ErrorRateDifferences are the heads' error rates minus the bases', block by block.
func ErrorRateDifferences(head, base []stat.Cluster) []float64 {
	out := make([]float64, len(head))
	for i, rate := range ErrorRates(head) {
		out[i] = rate - base[i].Count/base[i].Of
	}
	return out
}

// ErrorDifference is how many more of its prompts one side failed than the other: the difference of two
// error rates, as a share of prompts, −1…1.
type ErrorDifference struct {
	// Difference is head less base; nil if it is not known, and for other metrics.
	Difference *float64 `json:"difference"`
	// DifferenceLow and DifferenceHigh bound it with Confidence; nil for fewer than stat.MinValues
	// blocks.
	DifferenceLow  *float64 `json:"difference_low"`
	DifferenceHigh *float64 `json:"difference_high"`
}

// differenceOf is the difference of two error rates, with bounds from the complete blocks. Blocks that
// were cut short may count in the rates.
func differenceOf(headRate, baseRate float64, blocks stat.ShareDifference) ErrorDifference {
	value := headRate - baseRate
	d := ErrorDifference{Difference: Known(value)}
	if in := blocks.Bounds((1 - Confidence) / 2); in != nil {
		d.DifferenceLow, d.DifferenceHigh = Known(math.Min(in.Low, value)), Known(math.Max(in.High, value))
	}
	return d
}

// alertShare is the share of the time of complete blocks in which the arm's alert fired.
type alertShare struct {
	// total is the share where blocks are so short, beside the window of the alert, that one hangs on another.
	total
}

// leastWindows is how many windows of its alert a block must last for its share to be one of its own.
const leastWindows = 2

func (s alertShare) arm(arm *record.Arm, alpha float64) Figure {
	clusters, own := alerting(arm)
	switch {
	case arm.Alert == nil:
		return unknownFigure("alert_share is not known: the scenario sets no alert.under")
	case told(clusters) == nil:
		return unknownFigure("alert_share is not known: there is no open load, or it is counted in longer steps than alert.window")
	case !own:
		return s.total.arm(arm, alpha)
	}
	rate := stat.RateOf(clusters)
	return Figure{Interval: bounded(rate.Value, rate.ShareBounds(alpha))}
}

func (s alertShare) ratio(pairs []Pair, alpha float64) Figure {
	return s.total.ratio(pairs, alpha)
}

func alertingShare(arm *record.Arm) *float64 {
	clusters, _ := alerting(arm)
	if told(clusters) == nil {
		return nil
	}
	return new(stat.RateOf(clusters).Value)
}

// alerting are the time in which the arm's alert fired, and all time, of each complete block, in windows of the alert: what
// happens in one window is one event. own says that the blocks are long enough to be independent.
func alerting(arm *record.Arm) (clusters []stat.Cluster, own bool) {
	if arm.Alert == nil || arm.OverTime == nil {
		return nil, false
	}
	slices := slicesOf(arm, sharedBlocks([]*record.Arm{arm}, openSlice, anySlice), openSlice)
	clusters, own = make([]stat.Cluster, len(slices)), true
	step := arm.OverTime.StepMS
	for i, s := range slices {
		own = own && s.DurationMS >= leastWindows*arm.Alert.WindowMS
		for at, fires := range arm.Alert.Steps(arm.OverTime) {
			if middle := at + step/2; middle < s.StartMS || middle >= s.StartMS+s.DurationMS {
				continue
			}
			clusters[i].Of += step / arm.Alert.WindowMS
			if fires {
				clusters[i].Count += step / arm.Alert.WindowMS
			}
		}
	}
	return clusters, own
}
