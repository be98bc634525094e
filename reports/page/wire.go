package page

import (
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// wireGrid has a row for each arm: its connections, what opening one took, and
// the bytes of a request and its answer.
func wireGrid(rec *record.Record, arms []summary.Arm) Grid {
	g := Grid{About: "Connections over the whole run; bytes per measured request, on the wire (under TLS) " +
		"and of these the headers (for HTTP/2 as HPACK encodes them) and bodies (above TLS)."}
	g.Columns = levelColumns(rec.Axes)
	for _, name := range []string{
		"connections", "attempts each", "streams at most", "connect ms", "TLS ms", "first byte p50 ms",
		"sent B", "headers B", "body B", "received B", "headers B", "body B",
	} {
		g.Columns = append(g.Columns, Column{name, true})
	}
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		row := append(levelsOf(rec.Axes, arms[i]), connectionCells(arm, arms[i])...)
		row = append(row, bytesCells(arm.Totals.Wire.Sent, arm.Totals.Wire.Requests)...)
		g.Rows = append(g.Rows, append(row, bytesCells(arm.Totals.Wire.Received, arm.Totals.Wire.Requests)...))
	}
	return g
}

func connectionCells(arm *record.Arm, a summary.Arm) []string {
	var firstByte *float64
	if a.FirstByte != nil {
		firstByte = &a.FirstByte.P50
	}
	t := arm.Totals
	return []string{
		format.Count(t.Connections), format.Three(ratio(float64(t.Attempts), float64(t.Connections))), format.Count(t.PeakStreams),
		format.Three(meanOf(t.Opening.Connect)), format.Three(meanOf(t.Opening.TLS)), format.Three(firstByte),
	}
}

func bytesCells(b record.Bytes, requests uint64) []string {
	var cells []string
	for _, n := range []uint64{b.WireBytes, b.HeaderBytes, b.BodyBytes} {
		cells = append(cells, format.Three(ratio(float64(n), float64(requests))))
	}
	return cells
}

// meanOf is in milliseconds; nil where nothing was done.
func meanOf(s record.Sum) *float64 { return ratio(s.TotalMS, float64(s.Count)) }

// ratio is nil where it is not defined.
func ratio(part, whole float64) *float64 {
	if whole == 0 {
		return nil
	}
	return new(part / whole)
}
