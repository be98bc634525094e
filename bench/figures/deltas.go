package figures

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
	"weighbridge/scenarios/metric"
)

// Delta is how one metric of an arm differs between two records, or between two levels of
// an axis within one.
type Delta struct {
	// Arm is the name of the arm, or of the pair of arms.
	Arm string `json:"arm"`
	// Levels are the levels of the arm or, for a pair, of its head.
	Levels map[string]string `json:"-"`
	// Metric is the name of one of metric.Compared.
	Metric string `json:"metric"`
	// Old and New are in the metric's unit; nil if not known.
	Old *float64 `json:"old"`
	New *float64 `json:"new"`
	// Ratio is new over old, Low and High bound it with Confidence, and P is the
	// two-sided p of a ratio of 1; nil if not known.
	Ratio *float64 `json:"ratio"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	P     *float64 `json:"p"`
	// ErrorDifference is the difference of error rates: new less old.
	ErrorDifference
	// Warnings say what weakens this difference.
	Warnings []string `json:"warnings"`
}

// Run is a record with a name for messages, such as its path.
type Run struct {
	Name   string
	Record *record.Record
}

// values are an arm's figure over all complete blocks and by blocks, or groups of them.
type values struct {
	whole    *float64
	blocks   []float64
	warnings []string
	// failures are failed of due by blocks, for error rates.
	failures []stat.Cluster
}

func (r Calculator) valuesOf(m metric.Metric, arm *record.Arm) values {
	if v, ok := r.of(m).(valued); ok {
		return v.values(arm)
	}
	return values{}
}

// OfRecord is a metric of an arm as reports of several records show it: latencies over answered prompts.
type OfRecord struct {
	// Value is in the metric's unit; nil if it is not known, and then Warnings say why. Low and High
	// bound it with Confidence; nil if too few blocks tell.
	Value, Low, High *float64
	Warnings         []string
}

// OfRecord is the metric of an arm with its interval.
func (r Calculator) OfRecord(m metric.Metric, arm *record.Arm) OfRecord {
	const same = 0.01 // how far the value that an interval is of may be from the one that is shown
	v := r.valuesOf(m, arm)
	out := OfRecord{Value: v.whole, Warnings: v.warnings}
	if v.whole == nil {
		return out
	}
	in := r.Arm(m, arm, (1-Confidence)/2).Interval
	if Known(in.Value) == nil || math.Abs(in.Value-*v.whole) > same*math.Abs(*v.whole) {
		in = byBlocks(m, v)
	}
	if out.Low, out.High = Known(in.Low), Known(in.High); out.Low == nil || out.High == nil {
		out.Low, out.High = nil, nil
	}
	return out
}

// byBlocks is the interval of a latency or a rate that is as wide, by its logarithm, as that of the centre
// of its blocks.
func byBlocks(m metric.Metric, v values) Interval {
	e := stat.HodgesLehmann(logsOf(v.blocks), Confidence)
	if m.Kind == metric.OfShare || e == nil || e.Interval == nil {
		return Unknown()
	}
	return Interval{*v.whole, *v.whole * math.Exp(e.Interval.Low-e.Value), *v.whole * math.Exp(e.Interval.High-e.Value)}
}

// Streams says whether an arm has the latency of a metric of streams; true for any other metric.
func Streams(m metric.Metric, arm *record.Arm) bool { return !m.Streamed || streams(arm, m.Latency) }

// BetweenRecords compares each arm of a record with the same arm of an earlier one, by each of
// metric.Compared. The statistical unit is the block, and blocks of two runs are not paired: a
// difference is one of these two runs, not necessarily of their builds. warnings say what else
// differs between them.
func BetweenRecords(base, head Run) (deltas []Delta, warnings []string) {
	ofBase, ofHead := NewCalculator(), NewCalculator()
	for i := range head.Record.Arms {
		arm := &head.Record.Arms[i]
		k := slices.IndexFunc(base.Record.Arms, func(a record.Arm) bool { return a.Name == arm.Name && maps.Equal(a.Levels, arm.Levels) })
		if k < 0 {
			warnings = append(warnings, fmt.Sprintf("arm %s is only in %s", arm.Name, head.Name))
			continue
		}
		old := &base.Record.Arms[k]
		for _, m := range metric.Compared() {
			if m.Streamed && !(streams(old, m.Latency) && streams(arm, m.Latency)) {
				continue
			}
			before, after := ofBase.valuesOf(m, old), ofHead.valuesOf(m, arm)
			d := between(arm.Name, m, before, after)
			if a, b := mainLoad(old), mainLoad(arm); m.Name != metric.TPS && a != b && a != "" && b != "" {
				d = Delta{Arm: arm.Name, Metric: m.Name, Old: before.whole, New: after.whole, Warnings: append(d.Warnings, fmt.Sprintf("not compared: %s of %s, and then of %s", m.Bare(), a, b))}
			}
			d.Levels = arm.Levels
			deltas = append(deltas, d)
		}
	}
	for i := range base.Record.Arms {
		name := base.Record.Arms[i].Name
		if !slices.ContainsFunc(head.Record.Arms, func(a record.Arm) bool { return a.Name == name }) {
			warnings = append(warnings, fmt.Sprintf("arm %s is only in %s", name, base.Name))
		}
	}
	if base.Record.Scenario.Name != head.Record.Scenario.Name {
		warnings = append(warnings, fmt.Sprintf("the scenarios are %s and %s", base.Record.Scenario.Name, head.Record.Scenario.Name))
	}
	warnings = append(warnings, DifferentConditions(head.Record, []Run{base})...)
	return deltas, append(warnings, "one run against one: runs of the same build differ by more than the blocks within a run show")
}

// mainLoad is the load that an arm's latencies and errors come from; "" if there are none.
func mainLoad(arm *record.Arm) string {
	for i := range arm.Blocks {
		switch b := &arm.Blocks[i]; arm.Main(b) {
		case nil:
		case b.Open:
			return "open load"
		case b.Closed:
			return "closed load"
		default:
			return "batches"
		}
	}
	return ""
}

// between compares the new values with the old: it gives their ratio, with an interval unless the
// metric is a share, whose difference has one.
func between(arm string, m metric.Metric, old, now values) Delta {
	d := Delta{Arm: arm, Metric: m.Name, Old: old.whole, New: now.whole, Warnings: append(slices.Clone(old.warnings), now.warnings...)}
	if d.Old == nil || d.New == nil {
		return d
	}
	if m.Kind == metric.OfShare {
		if *d.Old > 0 {
			d.Ratio = new(*d.New / *d.Old)
		}
		blocks := stat.DifferenceOf(now.failures, old.failures)
		if d.ErrorDifference = differenceOf(*d.New, *d.Old, blocks); d.DifferenceLow != nil {
			d.P = new(blocks.TwoSided())
		}
		return d
	}
	ofNew, ofOld := logsOf(now.blocks), logsOf(old.blocks)
	s := stat.Shift(ofNew, ofOld, Confidence)
	if s == nil {
		return d
	}
	if slices.ContainsFunc(slices.Concat(ofNew, ofOld), infinite) {
		s.Estimate = estimatedAs(s.Estimate, math.Log(*d.New / *d.Old))
		d.Warnings = append(d.Warnings, ofTotals(m.Heading))
	}
	if d.Ratio = knownRatio(s.Value); math.IsNaN(s.Value) { // nothing on either side
		return d
	}
	if s.Interval == nil {
		d.Warnings = append(d.Warnings, fmt.Sprintf("%s has no interval: the base or the head has fewer than %d blocks, or groups of blocks that were pooled", m.Name, stat.MinValues))
		return d
	}
	d.Low, d.High, d.P = knownRatio(s.Interval.Low), knownRatio(s.Interval.High), &s.P
	return d
}

func logsOf(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Log(v)
	}
	return out
}

// BetweenLevels compares the levels of an axis with its first level within one record: each
// pair of arms that differ in that axis alone, block by block. An unknown axis is an error.
func BetweenLevels(rec *record.Record, axis string) ([]Delta, error) {
	i := slices.IndexFunc(rec.Axes, func(a record.Axis) bool { return a.Name == axis })
	if i < 0 {
		return nil, unknownAxis(rec, axis)
	}
	r := NewCalculator()
	var deltas []Delta
	for _, head := range rec.Axes[i].Levels[1:] {
		for _, p := range PairsOf(rec, axis, rec.Axes[i].Levels[0], head) {
			name := fmt.Sprintf("%s → %s", p.Base.Name, head)
			for _, c := range r.compare(rec.Axes[i], head, p.Others, []Pair{p}) {
				d := Delta{Arm: name, Levels: p.Head.Levels, Metric: c.Metric, Ratio: c.Ratio, Low: c.Low, High: c.High, P: c.P, ErrorDifference: c.ErrorDifference, Warnings: c.Warnings}
				m, _ := metric.Named(c.Metric)
				d.Old, d.New = r.valuesOf(m, p.Base).whole, r.valuesOf(m, p.Head).whole
				deltas = append(deltas, d)
			}
		}
	}
	return deltas, nil
}

func unknownAxis(rec *record.Record, axis string) error {
	var names []string
	for _, a := range rec.Axes {
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return fmt.Errorf("unknown axis %q: the record has no axes", axis)
	}
	return fmt.Errorf("unknown axis %q: expected %s", axis, strings.Join(names, ", "))
}
