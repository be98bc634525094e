package reports

import (
	"bytes"
	"errors"
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"weighbridge/bench/record"
)

// Plot is one picture of a record, in both forms.
type Plot struct {
	// Name is the file's without its ending, as in latency-percentile.
	Name  string
	Title string
	SVG   []byte
	PNG   []byte
}

// drawn is a plot that can be drawn on any canvas of its size.
type drawn struct {
	name, title   string
	width, height vg.Length
	draw          func(draw.Canvas)
}

// Plots draws the record: response latency by percentile, TPS, error rate, latency by
// block, latency and errors over time where there was open load, where the time
// went if the record tells and, where capacities were searched for, by rate.
func Plots(rec *record.Record) ([]Plot, error) {
	plots, err := draft(rec, Summarize(Judged{Record: rec}))
	if err != nil {
		return nil, err
	}
	return render(plots)
}

// draft lays the plots out.
func draft(rec *record.Record, s Summary) ([]drawn, error) {
	styles := armStyles(rec)
	var rates []drawn
	if searched(rec) {
		plot, err := latencyByRate(rec, styles)
		if err != nil || onlySearched(rec) {
			return []drawn{plot}, err
		}
		rates = append(rates, plot)
	}
	percentiles, err1 := latencyByPercentile(rec, styles)
	tps, err2 := tpsBars(s, styles)
	errorRates, err3 := errorRateBars(s, styles)
	blocks, err4 := latencyByBlock(rec, styles)
	plots := append([]drawn{percentiles, tps, errorRates, blocks}, rates...)
	var err5, err6 error
	if lines := newTimeLines(rec); lines != nil {
		overTime, err := latencyOverTime(lines, styles)
		plots, err5 = append(plots, overTime), err
	}
	if len(partNames(s.Arms)) > 0 {
		parts, err := partsBars(s, styles)
		plots, err6 = append(plots, parts), err
	}
	return plots, errors.Join(err1, err2, err3, err4, err5, err6)
}

// render draws every plot in both forms.
func render(plots []drawn) ([]Plot, error) {
	var out []Plot
	for _, d := range plots {
		svg, err := d.svg()
		if err != nil {
			return nil, err
		}
		png, err := d.png()
		if err != nil {
			return nil, err
		}
		out = append(out, Plot{Name: d.name, Title: d.title, SVG: svg, PNG: png})
	}
	return out, nil
}

func (d drawn) svg() ([]byte, error) {
	canvas := vgsvg.New(d.width, d.height)
	d.draw(draw.New(canvas))
	var out bytes.Buffer
	if _, err := canvas.WriteTo(&out); err != nil {
		return nil, fmt.Errorf("plot %s: %w", d.name, err)
	}
	// The font is named, not embedded: whoever lacks it sees one of the same widths.
	return bytes.ReplaceAll(out.Bytes(), []byte("font-family:Liberation Sans;"),
		[]byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), nil
}

func (d drawn) png() ([]byte, error) {
	const dotsPerInch = 120
	canvas := vgimg.NewWith(vgimg.UseWH(d.width, d.height), vgimg.UseDPI(dotsPerInch))
	d.draw(draw.New(canvas))
	var out bytes.Buffer
	if _, err := (vgimg.PngCanvas{Canvas: canvas}).WriteTo(&out); err != nil {
		return nil, fmt.Errorf("plot %s: %w", d.name, err)
	}
	return out.Bytes(), nil
}
