package page

import (
	"slices"
	"time"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
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

// batches is the table of the arms that were answered in batches.
func batches(from Source) Section {
	columns := levelsOfArm(from.Record.Axes)
	words := func(heading string, of func(summary.Batches) table.Value) {
		columns = append(columns, table.Words(heading, func(row armRow) table.Value { return of(*row.s.Batches) }))
	}
	columns = append(columns, table.Words("prompts", func(row armRow) table.Value { return table.Text(format.Count(uint64(row.arm.Load.BatchPrompts))) }))
	words("ended", func(b summary.Batches) table.Value {
		return table.Text(format.Count(b.Ended) + " of " + format.Count(b.Submitted))
	})
	words("completed in", func(b summary.Batches) table.Value { return took(b.CompletionMS, "of which up to", b.DoubtMS) })
	words("by the server's clock", func(b summary.Batches) table.Value { return took(b.ServerMS, "±", b.ServerDoubtMS) })
	words("polls", func(b summary.Batches) table.Value {
		if b.FailedPolls == 0 {
			return table.Text(format.Count(b.Polls))
		}
		return table.Text(format.Count(b.Polls) + ", " + format.Count(b.FailedPolls) + " failed")
	})
	words("results", func(b summary.Batches) table.Value { return finishReasons(b.Results) })
	rows := slices.DeleteFunc(armRows(from), func(row armRow) bool { return row.s.Batches == nil })
	return Section{Table: table.New(batchesTitle, rows, columns)}
}

const batchesTitle = "Batches: the time from submission until the results had been read, of which the last part, between two polls, may have come after a batch's end."

// took is a mean time with what is in doubt of it, both in ms.
func took(ms *float64, between string, doubt *float64) table.Value {
	if ms == nil {
		return table.Text(format.Unknown)
	}
	text := record.Duration(*ms).Round(time.Millisecond).String()
	if doubt != nil {
		text += " " + between + " " + record.Duration(*doubt).Round(time.Millisecond).String()
	}
	return table.Text(text)
}
