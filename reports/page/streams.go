package page

import (
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// streamGrid has a row for each arm: when the content of its streams came. It has
// none where no answer was a stream.
func streamGrid(rec *record.Record, arms []summary.Arm) Grid {
	g := Grid{About: "Streams: TTFT from the moment due to the first content, and the same from when the request was sent; " +
		"TPOT, the time per output token after the first; gaps between pieces of content, each of one token or several."}
	g.Columns = levelColumns(rec.Axes)
	for _, name := range []string{
		"TTFT p50 ms", "p90 ms", "p99 ms", "from sent p50 ms", "TPOT p50 ms", "p99 ms", "gap p50 ms", "p99 ms",
	} {
		g.Columns = append(g.Columns, Column{name, true})
	}
	for i := range rec.Arms {
		if arms[i].TTFT == nil {
			continue
		}
		g.Rows = append(g.Rows, append(levelsOf(rec.Axes, arms[i]), streamCells(arms[i])...))
	}
	return g
}

func streamCells(a summary.Arm) []string {
	cells := []string{format.Millis(a.TTFT.P50), format.Millis(a.TTFT.P90), format.Millis(a.TTFT.P99), format.Millis(a.FirstContent.P50)}
	for _, l := range []*summary.Latency{a.TPOT, a.ChunkGap} {
		if l == nil { // answers of one token, or of one piece
			cells = append(cells, format.Unknown, format.Unknown)
			continue
		}
		cells = append(cells, format.Millis(l.P50), format.Millis(l.P99))
	}
	return cells
}

// streamAxisGrid has a row for each axis and head whose arms and the base's are all
// answered by streams.
func streamAxisGrid(comparisons []gate.Comparison) Grid {
	return ratioGrid(comparisons, "ttft_p50", "The same of streams; over 1 is worse.",
		[]named{{"ttft_p50", "TTFT p50 ×"}, {"ttft_p90", "TTFT p90 ×"}, {"tpot_p50", "TPOT p50 ×"}})
}
