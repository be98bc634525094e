package figures

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	gonum "gonum.org/v1/gonum/stat"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Sample is the log ratios of heads over bases, one for each block or group of blocks, in
// order. A block that only one side answered has an infinite one, of the sign that counts
// against the side that did not.
type Sample struct {
	Logs []float64
	// Blocks are the indices of the blocks of Logs, of groups that of the first.
	Blocks []int
	// Warnings say what weakens the ratios, or why there are none.
	Warnings []string
	// Silences say in which blocks only one side answered.
	Silences []string
	// Lost is the share of the measured blocks, 0…1, that could not be compared because neither
	// side answered anything in them.
	Lost float64
	// Totals is the log ratio of all that the heads answered to all that the bases did. It is
	// known for a throughput with blocks that only one side answered; else NaN.
	Totals float64
}

func (s *Sample) warn(text string) { s.Warnings = append(s.Warnings, text) }

// Compared compares the blocks by stat.OfPairs; shared is of all samples of the
// run, zero if it is not known. If the ratio of the totals is known the
// estimate is that, and the interval includes it: a few blocks without an answer hardly move the
// median of the blocks, and what a table prints must agree with its totals. It returns nil for
// no ratios.
func (s Sample) Compared(confidence float64, shared stat.Shared) *stat.Paired {
	p := stat.OfPairs(s.Logs, confidence, shared)
	if p == nil || math.IsNaN(s.Totals) {
		return p
	}
	p.Estimate = estimatedAs(p.Estimate, s.Totals)
	return p
}

// estimatedAs is the estimate with another value, which its interval then includes.
func estimatedAs(e stat.Estimate, value float64) stat.Estimate {
	e.Value = value
	if in := e.Interval; in != nil {
		in.Low, in.High = min(in.Low, value), max(in.High, value)
	}
	return e
}

func infinite(v float64) bool { return math.IsInf(v, 0) }

// ofTotals says that a ratio is that of the totals of a metric, by its heading.
func ofTotals(heading string) string {
	return "where a block has no " + heading + " the ratio is that of the totals, not the median of the blocks' ratios"
}

// figure is the ratio by Compared, with one-sided bounds of alpha each.
func (s Sample) figure(alpha float64, shared stat.Shared) Figure {
	warnings := slices.Concat(s.Warnings, s.Silences)
	e := s.Compared(1-2*alpha, shared)
	if e == nil {
		return unknownFigure(warnings...)
	}
	in := Interval{math.Exp(e.Value), math.Inf(-1), math.Inf(1)}
	if e.Interval != nil {
		in.Low, in.High = math.Exp(e.Interval.Low), math.Exp(e.Interval.High)
	}
	if all := e.WithBursts; all != nil { // one side may be slow now and then
		in.Low, in.High = min(in.Low, math.Exp(all.Low)), max(in.High, math.Exp(all.High))
	}
	if text := following(e); text != "" {
		warnings = append(warnings, text)
	}
	return Figure{Interval: in, Warnings: warnings}
}

// following says that blocks are correlated, and so worth fewer independent ones; empty if that may be chance.
func following(p *stat.Paired) string {
	if !follow(p.Serial) {
		return ""
	}
	return WorthFewer(p.Serial)
}

// WorthFewer says how many independent blocks the blocks are worth, and why.
func WorthFewer(s stat.Serial) string {
	if !follow(s) {
		return fmt.Sprintf("%d blocks are too few to tell whether they are correlated, so they count as %.0f: measure more", s.Values, s.Sure)
	}
	return fmt.Sprintf("blocks are correlated (ρ = %.1f), so %d count as %.0f: lengthen them", s.Rho, s.Values, s.Sure)
}

// follow says whether more than chance makes blocks follow each other: 2 standard errors.
func follow(s stat.Serial) bool { return s.Rho >= 2/math.Sqrt(float64(s.Values)) }

// knownRatio is the ratio of a log ratio; nil if that is NaN or infinite.
func knownRatio(log float64) *float64 {
	if Known(log) == nil {
		return nil
	}
	return Known(math.Exp(log))
}

// answeredBlocks are blocks by the sides that answered in them. Of several pairs, a side has
// answered where it did in every pair.
type answeredBlocks struct {
	measured []int
	// both are answered by both sides; base and head by that side alone; in split each side
	// answered alone in one pair.
	both, base, head, split []int
}

// blocksAnswered sorts the blocks whose slices are measured in every arm.
func blocksAnswered(pairs []Pair, from pick, measured, answered func(*record.Slice) bool) answeredBlocks {
	out := answeredBlocks{measured: sharedBlocks(Arms(pairs), from, measured)}
	inBase, inHead := make([][]*record.Slice, len(pairs)), make([][]*record.Slice, len(pairs))
	for i, p := range pairs {
		inBase[i], inHead[i] = slicesOf(p.Base, out.measured, from), slicesOf(p.Head, out.measured, from)
	}
	for k, block := range out.measured {
		onlyBase, onlyHead, neither := false, false, false
		for i := range pairs {
			base, head := answered(inBase[i][k]), answered(inHead[i][k])
			onlyBase, onlyHead, neither = onlyBase || base && !head, onlyHead || head && !base, neither || !base && !head
		}
		switch {
		case onlyBase && onlyHead:
			out.split = append(out.split, block)
		case onlyBase:
			out.base = append(out.base, block)
		case onlyHead:
			out.head = append(out.head, block)
		case !neither:
			out.both = append(out.both, block)
		}
	}
	return out
}

// oneSided says whether only one side answered in some block.
func (b answeredBlocks) oneSided() bool { return len(b.base)+len(b.head)+len(b.split) > 0 }

// sample is a sample without ratios yet, which says what the blocks without an answer do to it.
// under is empty, or names the load.
func (b answeredBlocks) sample(pairs []Pair, under string) Sample {
	out := Sample{Totals: math.NaN()}
	n := len(b.measured)
	if n == 0 {
		return out
	}
	if lost := n - len(b.both) - len(b.base) - len(b.head) - len(b.split); lost > 0 {
		out.Lost = float64(lost) / float64(n)
		out.warn("blocks in which neither side answered anything" + under + " are left out of the ratios")
	}
	base, head := sides(pairs)
	alone := func(blocks []int, did, didNot string) {
		if len(blocks) > 0 {
			out.Silences = append(out.Silences, fmt.Sprintf("in %d of %d blocks %s answered nothing%s while %s did: its ratios count as infinitely worse there", len(blocks), n, didNot, under, did))
		}
	}
	alone(b.base, base, head)
	alone(b.head, head, base)
	if len(b.split) > 0 {
		out.Silences = append(out.Silences, fmt.Sprintf("in %d of %d blocks %s answered nothing%s, and in another pair %s: they count as no difference", len(b.split), n, base, under, head))
	}
	return out
}

const anArmOf = "an arm of "

// sides names the two arms of a lone pair, and an arm of several pairs by the levels that all
// bases, or heads, have.
func sides(pairs []Pair) (base, head string) {
	first := pairs[0]
	if len(pairs) == 1 {
		return first.Base.Name, first.Head.Name
	}
	var ofBase, ofHead []string
	for _, axis := range slices.Sorted(maps.Keys(first.Head.Levels)) {
		if b, h := first.Base.Levels[axis], first.Head.Levels[axis]; b != h {
			ofBase, ofHead = append(ofBase, axis+"="+b), append(ofHead, axis+"="+h)
		}
	}
	return anArmOf + strings.Join(ofBase, ","), anArmOf + strings.Join(ofHead, ",")
}

// fill gives the sample the log ratio of each group of blocks that both sides answered, and an infinite one
// for each group, of the same size, of the other blocks. better is the sign of a log ratio that is better
// for the head.
func (s *Sample) fill(b answeredBlocks, groups [][]int, ratios []float64, better int) {
	type value struct {
		block int
		log   float64
	}
	var all []value
	for i, group := range groups {
		all = append(all, value{group[0], ratios[i]})
	}
	size := 1
	if len(groups) > 0 {
		size = len(groups[0])
	}
	for _, side := range []struct {
		blocks []int
		log    float64
	}{{b.base, math.Inf(-better)}, {b.head, math.Inf(better)}, {b.split, 0}} {
		for group := range slices.Chunk(side.blocks, size) {
			all = append(all, value{group[0], side.log})
		}
	}
	slices.SortFunc(all, func(a, b value) int { return cmp.Compare(a.block, b.block) })
	for _, v := range all {
		s.Logs, s.Blocks = append(s.Logs, v.log), append(s.Blocks, v.block)
	}
}

// logRatios are, for each group of blocks, the mean of log(head/base) over all pairs, where of
// gives a number of an arm in the blocks of the indices.
func logRatios(pairs []Pair, groups [][]int, of func(arm *record.Arm, indices []int) float64) []float64 {
	out := make([]float64, len(groups))
	for i, indices := range groups {
		for _, p := range pairs {
			out[i] += math.Log(of(p.Head, indices)/of(p.Base, indices)) / float64(len(pairs))
		}
	}
	return out
}

// Spread is how much a metric's log ratio of two levels varies from block to block.
type Spread struct {
	Metric metric.Metric
	// SD is its standard deviation: 0.02 is 2%.
	SD float64
	// Values is the number of ratios it rests on. It is less than Blocks if bursts were left out,
	// or if adjacent blocks were pooled to have enough prompts beyond a percentile.
	Values, Blocks int
	// Bursts is the number of ratios that stat.WithoutBursts left out, as the gate's test does.
	Bursts int
}

// SpreadOf is the spread between two levels of an axis; nil for fewer than 6 ratios, and where
// some are infinite.
func SpreadOf(rec *record.Record, m metric.Metric, axis, base, head string) *Spread {
	s, _ := NewCalculator().Sample(m, PairsOf(rec, axis, base, head))
	if len(s.Logs) < stat.MinValues || slices.ContainsFunc(s.Logs, infinite) {
		return nil
	}
	calm := stat.WithoutBursts(s.Logs) // more than half
	return &Spread{Metric: m, SD: gonum.StdDev(calm, nil), Values: len(calm), Blocks: CompleteBlocks(rec), Bursts: len(s.Logs) - len(calm)}
}
