package reports

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"

	"weighbridge/bench/gate"
)

//go:embed page.html.tmpl
var pageTemplate string

// picture is a plot inside the HTML page.
type picture struct {
	Title string
	SVG   template.HTML
}

// writeHTML prints the page as one file that fetches nothing: style and plots are inside it.
func writeHTML(w io.Writer, p page, plots []drawn) error {
	var pictures []picture
	for _, plot := range plots {
		svg, err := plot.svg()
		if err != nil {
			return err
		}
		// Ours, and its texts are escaped: safe to stand as it is.
		pictures = append(pictures, picture{plot.title, template.HTML(inline(svg))})
	}
	tmpl, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, struct {
		page
		Grids    []grid
		Pictures []picture
	}{p, []grid{p.Arms, p.Streams, p.Axes, p.StreamAxes, p.Capacity, p.Rules, p.Claims, p.Probes, p.Time, p.Wire}, pictures}); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// inline drops what stands before the svg element, which HTML does not allow inside a page.
func inline(svg []byte) []byte {
	if start := bytes.Index(svg, []byte("<svg")); start >= 0 {
		return svg[start:]
	}
	return svg
}

// Judged says that there are rules or claims to show.
func (p page) Judged() bool { return len(p.Rules.Rows)+len(p.Claims.Rows) > 0 }

// Tone is the style of the headline.
func (p page) Tone() string {
	switch {
	case p.Bad || p.Verdict == gate.Invalid || p.Verdict == gate.Regression:
		return "bad"
	case p.Verdict == gate.Inconclusive:
		return "doubt"
	}
	return ""
}

// Class is the style of a cell of the column.
func (g grid) Class(i int, cell string) string {
	switch c := g.Columns[i]; {
	case c.Right:
		return "figure"
	case !g.Prose:
		return ""
	case c.Name == "verdict":
		return "verdict " + cell
	}
	return "prose"
}
