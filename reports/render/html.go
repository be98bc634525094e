package render

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"

	"weighbridge/reports/page"
	"weighbridge/reports/plot"
)

//go:embed page.html.tmpl
var pageTemplate string

// picture is a plot inside the HTML page.
type picture struct {
	Title string
	SVG   template.HTML
}

// HTML prints the page as one file that fetches nothing: style and plots are inside it.
func HTML(w io.Writer, p page.Page, plots []plot.Plot) error {
	var pictures []picture
	for _, drawn := range plots {
		svg, err := drawn.SVG()
		if err != nil {
			return err
		}
		// Ours, and its texts are escaped: safe to stand as it is.
		pictures = append(pictures, picture{drawn.Title, template.HTML(inline(svg))})
	}
	tmpl, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, struct {
		page.Page
		Grids    []page.Grid
		Pictures []picture
	}{p, []page.Grid{p.Arms, p.Streams, p.Axes, p.StreamAxes, p.Capacity, p.Rules, p.Claims, p.Probes, p.Time, p.Wire}, pictures}); err != nil {
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
