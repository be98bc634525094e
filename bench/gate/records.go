package gate

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/bench/stat"
)

// BetweenRecords sets each arm of a record against the same arm of an earlier one, by
// tps, p50, p90, p99 and error_rate. The unit is the block, and blocks of two runs are
// not pairs: what is told apart are these two runs, not what made them. warnings are
// what else differs between them.
func BetweenRecords(base, head Baseline) (deltas []Delta, warnings []string) {
	known := [2]latencies{{}, {}}
	for i := range head.Record.Arms {
		arm := &head.Record.Arms[i]
		k := slices.IndexFunc(base.Record.Arms, func(a record.Arm) bool { return a.Name == arm.Name && maps.Equal(a.Levels, arm.Levels) })
		if k < 0 {
			warnings = append(warnings, fmt.Sprintf("arm %s is in %s alone", arm.Name, head.Name))
			continue
		}
		for _, metric := range metricsBetween(&base.Record.Arms[k], arm) {
			old := valuesOf(&base.Record.Arms[k], metric, known[0])
			deltas = append(deltas, between(arm.Name, metric, old, valuesOf(arm, metric, known[1])))
		}
	}
	for i := range base.Record.Arms {
		name := base.Record.Arms[i].Name
		if !slices.ContainsFunc(head.Record.Arms, func(a record.Arm) bool { return a.Name == name }) {
			warnings = append(warnings, fmt.Sprintf("arm %s is in %s alone", name, base.Name))
		}
	}
	if base.Record.Scenario.Name != head.Record.Scenario.Name {
		warnings = append(warnings, fmt.Sprintf("the scenarios are %s and %s", base.Record.Scenario.Name, head.Record.Scenario.Name))
	}
	warnings = append(warnings, residues(head.Record, []Baseline{base})...)
	return deltas, append(warnings, "one run against one: runs of the same build differ by more than blocks within one show")
}

// metricsBetween are those that two runs of an arm are compared by: of streams only
// where both have them.
func metricsBetween(a, b *record.Arm) []string {
	metrics := impliedMetrics()
	for _, q := range ofStreams() {
		if streams(a, q.kind) && streams(b, q.kind) {
			metrics = append(metrics, q.metric)
		}
	}
	return metrics
}

// streams says whether an arm has a latency of the kind.
func streams(arm *record.Arm, k kind) bool {
	return len(sharedBlocks([]*record.Arm{arm}, mainSlice, k.some)) > 0
}

// values are an arm's figure over all and by blocks, or groups of them.
type values struct {
	whole  *float64
	blocks []float64
	doubts []string
}

func valuesOf(arm *record.Arm, metric string, known latencies) (v values) {
	one := []*record.Arm{arm}
	switch metric {
	case "tps", "error_rate":
		count, of, _ := figures{}.counted(arm, metric)
		if metric == "tps" && len(sharedBlocks(one, closedSlice, anySlice)) == 0 {
			v.doubts = append(v.doubts, "TPS under open load is what was offered")
			return v
		}
		parts := clusters(arm, count, of)
		for _, c := range parts {
			v.blocks = append(v.blocks, c.Count/c.Of)
		}
		if r := stat.RateOf(parts); len(parts) > 0 && !math.IsNaN(r.Value) {
			v.whole = &r.Value
		}
		return v
	}
	q := quantileOf(metric)
	blocks := sharedBlocks(one, mainSlice, q.kind.some)
	ms := func(indices []int) float64 { return known.of(arm, indices, q.kind).at(q.share) / 1e6 }
	groups := enough(one, blocks, q.share)
	if groups == nil {
		v.doubts = append(v.doubts, metric+" has fewer than 10 prompts beyond it")
		return v
	}
	for _, indices := range groups {
		v.blocks = append(v.blocks, ms(indices))
	}
	if whole := ms(blocks); !math.IsNaN(whole) {
		v.whole = &whole
	} else if arm.Points != nil && q.kind == response {
		v.whole = new(pointsLatency(arm.Points).at(q.share) / 1e6)
	}
	return v
}

// between is how the new values differ from the old: a ratio, of differences for
// error_rate none.
func between(arm, metric string, old, now values) Delta {
	d := Delta{Arm: arm, Metric: metric, Old: old.whole, New: now.whole, Warnings: append(slices.Clone(old.doubts), now.doubts...)}
	if d.Old == nil || d.New == nil {
		return d
	}
	if metric == "error_rate" {
		if *d.Old > 0 {
			d.Ratio = new(*d.New / *d.Old)
		}
		if s := stat.Shift(now.blocks, old.blocks, Confidence); s != nil && len(now.blocks) >= stat.MinValues && len(old.blocks) >= stat.MinValues {
			d.P = &s.P
		}
		return d
	}
	s := stat.Shift(logsOf(now.blocks), logsOf(old.blocks), Confidence)
	if s == nil || math.IsNaN(s.Value) || math.IsInf(s.Value, 0) {
		return d
	}
	d.Ratio = new(math.Exp(s.Value))
	if s.Interval == nil {
		d.Warnings = append(d.Warnings, fmt.Sprintf("%s has fewer than %d blocks, or groups of them, on a side", metric, stat.MinValues))
		return d
	}
	d.Low, d.High, d.P = new(math.Exp(s.Interval.Low)), new(math.Exp(s.Interval.High)), &s.P
	return d
}

func logsOf(x []float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		out[i] = math.Log(v)
	}
	return out
}

// BetweenLevels sets the levels of an axis against its first within one record: each
// pair of arms that differ in it alone, block by block. An error is an axis that is none.
func BetweenLevels(rec *record.Record, axis string) ([]Delta, error) {
	i := slices.IndexFunc(rec.Axes, func(a record.Axis) bool { return a.Name == axis })
	if i < 0 {
		var names []string
		for _, a := range rec.Axes {
			names = append(names, a.Name)
		}
		if len(names) == 0 {
			return nil, fmt.Errorf("there is no axis %q: the record has none", axis)
		}
		return nil, fmt.Errorf("there is no axis %q: expected %s", axis, strings.Join(names, ", "))
	}
	known := latencies{}
	var deltas []Delta
	for _, head := range rec.Axes[i].Levels[1:] {
		for _, p := range pairsOf(rec, axis, rec.Axes[i].Levels[0], head) {
			name := fmt.Sprintf("%s → %s", p.base.Name, head)
			for _, c := range compareEach(rec.Axes[i], head, p.others, []pair{p}, known) {
				d := Delta{Arm: name, Metric: c.Metric, Ratio: c.Ratio, Low: c.Low, High: c.High, P: c.P, Warnings: c.Warnings}
				d.Old, d.New = valuesOf(p.base, c.Metric, known).whole, valuesOf(p.head, c.Metric, known).whole
				deltas = append(deltas, d)
			}
		}
	}
	return deltas, nil
}
