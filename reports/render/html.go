package render

import (
	"bytes"
	_ "embed"
	"html/template"
	"io"

	"weighbridge/reports/page"
	"weighbridge/reports/plot"
	"weighbridge/reports/table"
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
		// The SVG is our own and its texts are escaped, so it needs no further escaping.
		pictures = append(pictures, picture{drawn.Title, template.HTML(inline(svg))})
	}
	tmpl, err := template.New("page").Funcs(template.FuncMap{"class": class}).Parse(pageTemplate)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, struct {
		page.Page
		Pictures []picture
	}{p, pictures}); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// class returns the CSS classes of a cell, by whether it is a figure, a verdict or a sentence,
// and by its severity.
func class(t table.Table, c table.Column, cell table.Cell) string {
	if c.Figures {
		return "figure"
	}
	if _, ok := cell.Value.(table.Verdict); ok {
		return "verdict " + cell.Severity.String()
	}
	if t.Sentences {
		return "prose"
	}
	return ""
}

// inline drops what is before the svg element, which HTML does not allow inside a page.
func inline(svg []byte) []byte {
	if start := bytes.Index(svg, []byte("<svg")); start >= 0 {
		return svg[start:]
	}
	return svg
}
