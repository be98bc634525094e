package reports

import (
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
)

// streamGrid has a row for each arm: when the content of its streams came. It has
// none where no answer was a stream.
func streamGrid(rec *record.Record, arms []Arm) grid {
	g := grid{About: "Streams: TTFT from the moment due to the first content, and the same from when the request was sent; " +
		"TPOT, the time per output token after the first; gaps between pieces of content, each of one token or several."}
	g.Columns = levelColumns(rec.Axes)
	for _, name := range []string{
		"TTFT p50 ms", "p90 ms", "p99 ms", "from sent p50 ms", "TPOT p50 ms", "p99 ms", "gap p50 ms", "p99 ms",
	} {
		g.Columns = append(g.Columns, column{name, true})
	}
	for i := range rec.Arms {
		if arms[i].TTFT == nil {
			continue
		}
		g.Rows = append(g.Rows, append(levelsOf(rec.Axes, arms[i]), streamCells(&rec.Arms[i], arms[i])...))
	}
	return g
}

func streamCells(arm *record.Arm, a Arm) []string {
	main := measure(arm, arm.Main)
	sent, gap := latency(main.merged(firstContent)), latency(main.merged(chunkGap))
	cells := []string{millis(a.TTFT.P50), millis(a.TTFT.P90), millis(a.TTFT.P99), millis(sent.P50)}
	for _, l := range []*Latency{a.TPOT, gap} {
		if l == nil { // answers of one token, or of one piece
			cells = append(cells, unknown, unknown)
			continue
		}
		cells = append(cells, millis(l.P50), millis(l.P99))
	}
	return cells
}

// streamAxisGrid has a row for each axis and head whose arms and the base's are all
// answered by streams.
func streamAxisGrid(comparisons []gate.Comparison) grid {
	return ratioGrid(comparisons, "ttft_p50", "The same of streams; over 1 is worse.",
		[]named{{"ttft_p50", "TTFT p50 ×"}, {"ttft_p90", "TTFT p90 ×"}, {"tpot_p50", "TPOT p50 ×"}})
}
