package page

import (
	"slices"

	"weighbridge/reports/summary"
	"weighbridge/reports/table"
	"weighbridge/scenarios/metric"
)

// streams is the table of the arms that were answered by streams: when their content came.
func streams(from Source) Section {
	if summary.CapacityOnly(from.Record) {
		return Section{}
	}
	columns := levelsOfArm(from.Record.Axes)
	reasoned := slices.ContainsFunc(from.Summary.Arms, summary.Arm.Reasoned)
	for _, m := range metric.Shown() {
		if m.Streamed && (m.Latency != metric.TTFO || reasoned) {
			columns = append(columns, table.Figures(m, func(row armRow) *float64 { return row.s.Figure(m) }))
		}
	}
	columns = append(columns,
		table.Figures(milliseconds("from_sent_p50", "from sent p50 ms", "Median time from when a stream's request was sent to its first content."),
			func(row armRow) *float64 { return p50(row.s.FirstContent) }),
		table.Figures(milliseconds("gap_p50", "gap p50 ms", "Median time between two pieces of a stream's content, each of one token or several."),
			func(row armRow) *float64 { return p50(row.s.ChunkGap) }),
		table.Figures(milliseconds("gap_p99", "gap p99 ms", "The time that 99% of the gaps between two pieces of a stream's content stayed within."),
			func(row armRow) *float64 { return p99(row.s.ChunkGap) }),
	)
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool { return row.s.TTFT == nil })
	return Section{Table: table.New("Streams: times to the first content and between tokens, over the prompts answered by streams.", rows, columns)}
}

func p50(l *summary.Latency) *float64 {
	if l == nil {
		return nil
	}
	return &l.P50
}

func p99(l *summary.Latency) *float64 {
	if l == nil {
		return nil
	}
	return &l.P99
}
