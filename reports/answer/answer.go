// Package answer says in a few sentences what a run found out: what failed, then what the levels of
// each axis do to errors, TTFT, latency and TPS.
package answer

import (
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
