package page

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/answer"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// capacity is the table of the arms whose capacity was searched for.
func capacity(from Source) Section {
	held := func(of func(summary.Held) *float64) func(armRow) *float64 {
		return func(row armRow) *float64 { return of(summary.HeldAt(row.arm.Capacity)) }
	}
	columns := append(levelsOfArm(from.Record.Axes),
		table.Numbers("capacity/s", func(row armRow) table.Value { return capacityOf(row.arm.Capacity) }),
		table.Numbers("bracket/s", func(row armRow) table.Value {
			return table.Bracket{Held: row.arm.Capacity.HeldPerS, Fail: row.arm.Capacity.FailedPerS}
		}),
		table.Figures(mustMetric("p50"), held(func(h summary.Held) *float64 { return h.P50MS })),
		table.Figures(mustMetric("p99"), held(func(h summary.Held) *float64 { return h.P99MS })),
	)
	for _, name := range furtherLatencies(from.Record) {
		columns = append(columns, table.Figures(mustMetric(name), func(row armRow) *float64 { return summary.HeldLatency(row.arm.Capacity, name) }))
	}
	columns = append(columns,
		table.Figures(mustMetric(metric.ErrorRate), held(func(h summary.Held) *float64 { return h.ErrorRate })),
		table.Figures(count("probes", "probes", "Probes that the search made."), func(row armRow) *float64 { return new(float64(len(row.arm.Capacity.Probes))) }),
		table.Words("why not higher", func(row armRow) table.Value { return table.Text(answer.WhyNotHigher(row.arm.Capacity)) }),
	)
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool { return row.arm.Capacity == nil })
	return Section{Table: table.New(capacityLine(from.Record), rows, columns)}
}

// furtherLatencies are the percentiles besides p50 and p99 that some search has an objective for, in
// the order of the table of metrics.
func furtherLatencies(rec *record.Record) (names []string) {
	for _, m := range metric.All() {
		for i := range rec.Arms {
			c := rec.Arms[i].Capacity
			if c != nil && m.Name != "p50" && !slices.Contains(names, m.Name) &&
				slices.ContainsFunc(c.Latencies, func(o record.Objective) bool { return o.Metric == m.Name }) {
				names = append(names, m.Name)
			}
		}
	}
	return names
}

func capacityOf(c *record.Capacity) table.Capacity {
	return table.Capacity{Bound: summary.BoundOf(c), Held: c.HeldPerS, Fail: c.FailedPerS}
}

// capacityLine explains the table. It gives the objectives and the probes only if they are
// the same for all arms.
func capacityLine(rec *record.Record) string {
	var first *record.Capacity
	same := true
	for i := range rec.Arms {
		c := rec.Arms[i].Capacity
		switch {
		case c == nil:
		case first == nil:
			first = c
		default:
			same = same && objectives(c) == objectives(first) && c.StepMS == first.StepMS && c.Arrivals == first.Arrivals
		}
	}
	line := "Capacity: the highest rate in prompts/s at which every objective held. Bracket: the highest rate that held and the lowest that failed. " +
		"p50, p99 and error rate are medians of the probes at the capacity. "
	if first == nil || !same {
		return line + "Objectives and probes differ between arms."
	}
	return line + fmt.Sprintf("Objectives: %s. Probes of %.3g s, %s arrivals, one arm at a time.", objectives(first), first.StepMS/1000, first.Arrivals)
}

func objectives(c *record.Capacity) string {
	var all []string
	if c.ErrorRate < 1 {
		all = append(all, fmt.Sprintf("error rate at most %s", format.Percent(&c.ErrorRate)))
	}
	if c.P99MS > 0 {
		all = append(all, fmt.Sprintf("response p99 at most %s ms (a failed prompt counts as infinite)", format.Millis(c.P99MS)))
	}
	for _, o := range c.Latencies {
		m, known := metric.Named(o.Metric)
		if !known {
			continue
		}
		all = append(all, fmt.Sprintf("%s p%.3g at most %s ms", m.Latency.Words(), m.Quantile*100, format.Millis(o.MaxMS)))
	}
	return strings.Join(append(all, "99% handed over", "no growing backlog"), ", ")
}

// probeRow is a probe of an arm's search.
type probeRow struct {
	armRow
	probe record.Probe
}

// probes is the table of all probes, in the order in which they were made.
func probes(from Source) Section {
	var rows []probeRow
	for _, arm := range armRows(from) {
		if arm.arm.Capacity == nil {
			continue
		}
		for _, p := range arm.arm.Capacity.Probes {
			rows = append(rows, probeRow{arm, p})
		}
	}
	columns := append(levels(from.Record.Axes, func(row probeRow) summary.Arm { return row.s }),
		table.Figures(perSecond("rate", "prompts/s", "Prompts due per second in a probe."), func(row probeRow) *float64 { return &row.probe.RatePerS }),
		table.Figures(count("due", "due", "Prompts due in a probe."), func(row probeRow) *float64 { return new(float64(row.probe.Due)) }),
		table.Figures(count("answered", "answered", "Prompts answered in a probe."), func(row probeRow) *float64 { return new(float64(row.probe.Answered)) }),
		table.Figures(share("handed_over", "handed over", "Share of the prompts due that the generator handed over for sending."), func(row probeRow) *float64 { return row.probe.HandedOver }),
		table.Figures(mustMetric(metric.ErrorRate), func(row probeRow) *float64 { return row.probe.ErrorRate }),
		table.Figures(mustMetric("p50"), func(row probeRow) *float64 { return row.probe.P50MS }),
		table.Figures(mustMetric("p99"), func(row probeRow) *float64 { return row.probe.P99MS }),
	)
	for _, name := range furtherLatencies(from.Record) {
		columns = append(columns, table.Figures(mustMetric(name), func(row probeRow) *float64 { return row.probe.Latencies[name] }))
	}
	columns = append(columns,
		table.Figures(share("backlog", "backlog grew", "How many more prompts waited at the end of a probe than in its middle, as a share of those due in between."), func(row probeRow) *float64 { return row.probe.Backlog }),
		table.Words("held", func(row probeRow) table.Value {
			if row.probe.Held {
				return table.Text("held")
			}
			return table.Text(row.probe.WhyNot)
		}),
	)
	return Section{Title: "Probes", Details: true, Table: table.New("All probes in the order in which they were made. p50 and p99 are over all prompts due; a failed prompt counts as infinite.", rows, columns)}
}
