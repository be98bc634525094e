package reports

import (
	"bytes"
	"io"

	"weighbridge/bench/trend"
	"weighbridge/reports/format"
	"weighbridge/reports/plot"
	"weighbridge/reports/render"
	"weighbridge/reports/trendpage"
	"weighbridge/reports/web"
)

// TrendFormats lists the formats of WriteTrend, in the order in which to offer them.
func TrendFormats() []string { return []string{"table", "markdown", "csv", "json", "html"} }

// WriteTrend prints the trend of many runs in the format; only the table depends on the screen.
func WriteTrend(w io.Writer, screen Screen, form string, t trend.Trend) error {
	original := t
	if form != "json" {
		t = printable(t)
	}
	switch form {
	case "table":
		return render.Table(w, screen, trendpage.New(t))
	case "csv":
		return render.TrendCSV(w, t)
	case "json":
		return render.TrendJSON(w, t, trendpage.Findings(t))
	case "markdown", "html":
		plots, err := plot.OfTrend(t)
		if err != nil {
			return err
		}
		if form == "html" {
			return writeTrendPage(w, original, t, plots)
		}
		return render.Markdown(w, trendpage.New(t), plots)
	}
	return unknownFormat(form, TrendFormats())
}

// writeTrendPage writes the trend as one HTML file.
func writeTrendPage(w io.Writer, original, t trend.Trend, plots []plot.Plot) error {
	var asJSON, asCSV bytes.Buffer
	if err := render.TrendJSON(&asJSON, original, trendpage.Findings(original)); err != nil {
		return err
	}
	if err := render.TrendCSV(&asCSV, t); err != nil {
		return err
	}
	return web.Write(w, web.Document{
		Page: trendpage.New(t), Plots: plots, Arms: t.Arms, Axes: t.Axes,
		Downloads: []web.Download{{Name: "trend.json", MediaType: "application/json", Bytes: asJSON.Bytes()}, {Name: "trend.csv", MediaType: "text/csv", Bytes: asCSV.Bytes()}},
	})
}

// TrendPlots makes every plot of the trend as SVG and PNG.
func TrendPlots(t trend.Trend) ([]File, error) {
	plots, err := plot.OfTrend(printable(t))
	if err != nil {
		return nil, err
	}
	return files(plots)
}

// printable is the trend with each of its texts on one line, and cut if it is very long.
func printable(t trend.Trend) trend.Trend {
	const longest = 400
	return format.WithTexts(t, func(text string) string { return format.Cut(format.OneLine(text), longest) })
}
