// Package answer says in a few sentences what a run found out: what failed, then what the levels of
// each axis do to errors, TTFT, latency and TPS.
package answer

import (
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/summary"
)

// Of returns the sentences of a report's answer.
func Of(rec *record.Record, s summary.Summary) []string {
	var out []string
	if !summary.CapacityOnly(rec) {
		out = append(out, Errors(rec, s)...)
	}
	for _, axis := range rec.Axes {
		if !summary.CapacityOnly(rec) {
			out = append(out, ofAxis(rec, s, axis)...)
		}
	}
	out = append(out, interactions(rec, s)...)
	return append(out, capacities(rec)...)
}

// row holds the comparisons of one head with its base by the name of the metric, with the other
// axes pooled.
type row map[string]gate.Comparison

// pooled returns a row for each axis and head, of the comparisons with the other axes pooled.
func pooled(comparisons []gate.Comparison) []row {
	var rows []row
	for _, c := range comparisons {
		if len(c.Levels) > 0 {
			continue
		}
		last := len(rows) - 1
		if last < 0 || rows[last][c.Metric].Axis != "" {
			rows = append(rows, row{})
			last++
		}
		rows[last][c.Metric] = c
	}
	return rows
}
