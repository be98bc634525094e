package plot

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"weighbridge/reports/format"
	"weighbridge/reports/plot/svg"
)

// key is the legend beside the data. Entries that the height does not hold go into further columns.
type key struct {
	entries []keyEntry
	style   text.Style
	// sample is the width of an entry's sample.
	sample vg.Length
}

// keyEntry is a name with its sample; a continued line of text has none.
type keyEntry struct {
	text string
	by   plot.Thumbnailer
	arm  int
}

const (
	keyRow = 14 // height of an entry
	keyGap = 5  // between a sample and its name
)

func newKey(sample vg.Length) key {
	style := plot.New().X.Tick.Label
	sans(&style)
	style.Font.Size = 10
	style.XAlign, style.YAlign = text.XLeft, text.YCenter
	return key{style: style, sample: sample}
}

// legend lists every arm.
func legend(styles []armStyle, hidden func(i int) bool) key {
	k, back := newKey(26), 0
	if len(styles) > 1 && styles[0].axes != "" {
		k.add(styles[0].axes+":", nil)
	}
	for i, style := range styles {
		if style.back {
			back++
			continue
		}
		label := style.label
		if hidden(i) {
			label += " (no answers)"
		}
		k.entries = append(k.entries, keyEntry{label, lineSample{style.line}, style.arm})
	}
	if back > 0 {
		k.add(format.Plural(back, "other arm"), lineSample{draw.LineStyle{Color: palette[7], Width: 0.5}})
	}
	return k
}

func (k *key) add(name string, by plot.Thumbnailer) {
	k.entries = append(k.entries, keyEntry{name, by, svg.NoArm})
}

// columns splits the entries into as many columns as a plot of that height needs.
func (k key) columns(height vg.Length) [][]keyEntry {
	rows := max(int((height-4*margin)/keyRow), 1)
	var out [][]keyEntry
	for rest := k.entries; len(rest) > 0; {
		n := min(rows, len(rest))
		out, rest = append(out, rest[:n]), rest[n:]
	}
	return out
}

// columnWidth is the width that a column needs so that no name is cut.
func (k key) columnWidth(column []keyEntry) (width vg.Length) {
	for _, e := range column {
		width = max(width, k.sample+keyGap+k.style.Width(e.text))
	}
	return width + margin
}

// width is the width of all columns together.
func (k key) width(height vg.Length) (width vg.Length) {
	for _, column := range k.columns(height) {
		width += k.columnWidth(column)
	}
	return width + margin
}

// draw draws the columns from the upper left corner of the canvas, in a plot of that height.
func (k key) draw(c draw.Canvas, height vg.Length) {
	left := c.Min.X
	for _, column := range k.columns(height) {
		y := c.Max.Y - 2*margin
		for _, e := range column {
			y -= keyRow
			end := svg.Mark(c.Canvas, e.arm, "")
			if e.by != nil {
				row := c
				row.Rectangle = vg.Rectangle{Min: vg.Point{X: left, Y: y}, Max: vg.Point{X: left + k.sample, Y: y + keyRow - 3}}
				e.by.Thumbnail(&row)
			}
			c.FillText(k.style, vg.Point{X: left + k.sample + keyGap, Y: y + keyRow/2}, e.text)
			end()
		}
		left += k.columnWidth(column)
	}
}

// lineSample is a line in the legend.
type lineSample struct{ draw.LineStyle }

// Thumbnail implements plot.Thumbnailer.
func (s lineSample) Thumbnail(c *draw.Canvas) {
	y := c.Center().Y
	c.StrokeLine2(s.LineStyle, c.Min.X, y, c.Max.X, y)
}
