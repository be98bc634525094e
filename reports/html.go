package reports

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"
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
	}{p, []grid{p.Arms, p.Axes, p.Capacity, p.Probes, p.Time, p.Wire}, pictures}); err != nil {
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
