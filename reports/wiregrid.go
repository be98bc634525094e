package reports

import (
	"weighbridge/bench/record"
)

// wireGrid has a row for each arm: its connections, what opening one took, and
// the bytes of a request and its answer.
func wireGrid(rec *record.Record, arms []Arm) grid {
	g := grid{About: "Connections over the whole run; bytes per measured request, on the wire (under TLS) " +
		"and of these the headers (for HTTP/2 as HPACK encodes them) and bodies (above TLS)."}
	g.Columns = levelColumns(rec.Axes)
	for _, name := range []string{
		"connections", "attempts each", "streams at most", "connect ms", "TLS ms", "first byte p50 ms",
		"sent B", "headers B", "body B", "received B", "headers B", "body B",
	} {
		g.Columns = append(g.Columns, column{name, true})
	}
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		row := append(levelsOf(rec.Axes, arms[i]), connectionCells(arm)...)
		row = append(row, bytesCells(arm.Totals.Wire.Sent, arm.Totals.Wire.Requests)...)
		g.Rows = append(g.Rows, append(row, bytesCells(arm.Totals.Wire.Received, arm.Totals.Wire.Requests)...))
	}
	return g
}

func connectionCells(arm *record.Arm) []string {
	t := arm.Totals
	return []string{
		counted(t.Connections), known(ratio(float64(t.Attempts), float64(t.Connections))), counted(t.PeakStreams),
		known(meanOf(t.Opening.Connect)), known(meanOf(t.Opening.TLS)), known(firstByte(arm)),
	}
}

func bytesCells(b record.Bytes, requests uint64) []string {
	var cells []string
	for _, n := range []uint64{b.WireBytes, b.HeaderBytes, b.BodyBytes} {
		cells = append(cells, known(ratio(float64(n), float64(requests))))
	}
	return cells
}

// meanOf is in milliseconds; nil where nothing was done.
func meanOf(s record.Sum) *float64 { return ratio(s.TotalMS, float64(s.Count)) }

// firstByte is the median from sent to the first byte of the answer, in milliseconds.
func firstByte(arm *record.Arm) *float64 {
	var hists []*record.Hist
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			hists = append(hists, s.FirstByte)
		}
	}
	all := record.Merged(hists...)
	if all.Count() == 0 {
		return nil
	}
	ms := all.Quantile(0.5).Seconds() * 1000
	return &ms
}

// known prints three significant digits, or that there is no figure.
func known(v *float64) string {
	if v == nil {
		return unknown
	}
	return figures(*v, 3)
}
