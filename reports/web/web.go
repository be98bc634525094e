// Package web writes a report as one HTML file that fetches nothing: what people send to each other.
// Its tables and drawings are whole without its script, on paper and on a phone.
package web

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/page"
	"weighbridge/reports/plot"
	"weighbridge/reports/plot/svg"
	"weighbridge/reports/table"
)

// The script and the style are made of the files in source. sources.sha256 says of which.
//
//go:generate go tool -modfile=../../tools/go.mod esbuild source/page.js --bundle --minify --charset=utf8 --format=iife --target=es2022 --legal-comments=none --outfile=bundle/page.js
//go:generate go tool -modfile=../../tools/go.mod esbuild source/page.css --bundle --minify --outfile=bundle/page.css
//go:generate sh -c "cd source && sha256sum *.js *.css uplot/* >../bundle/sources.sha256"

//go:embed bundle/page.js
var script string

//go:embed bundle/page.css
var style string

//go:embed page.html.tmpl
var pageTemplate string

// Document is what a file shows.
type Document struct {
	page.Page
	Plots []plot.Plot
	// Main is the name of the plot that stands first; empty for the one that suits the shape of the record.
	Main string
	// Arms and Axes are the record's, for filters; nil for a page about several records.
	Arms []record.Arm
	Axes []record.Axis
	// Source is the scenario as written; may be empty.
	Source string
	// Downloads are files within the page.
	Downloads []Download
}

// Download is a file within the page.
type Download struct {
	Name, MediaType string
	Bytes           []byte
}

// URL holds the file.
func (d Download) URL() template.URL {
	return template.URL("data:" + d.MediaType + ";base64," + base64.StdEncoding.EncodeToString(d.Bytes))
}

// chapter is a part of the page with a heading.
type chapter struct {
	ID, Title string
	Sections  []page.Section
	Figures   []figure
}

// figure is a plot in the page.
type figure struct {
	ID, Title string
	SVG       template.HTML
	// Half says that it is legible in half the width of a desktop's page.
	Half bool
}

// widestHalf is the natural width, in px, of the widest plot whose text has 10 px at least in half the
// width of a page. Plots of lines are drawn anew in the width that they get, and need it all.
const widestHalf = 840

// view is what the template prints.
type view struct {
	Document
	Policy        string
	Style         template.CSS
	Script        template.JS
	Data          template.JS
	MainPlot      *figure
	Chapters      []chapter
	GlossaryTable *page.Section
}

// Write writes the file.
func Write(w io.Writer, d Document) error {
	v := view{Document: d, Script: template.JS(script)}
	drawn, colours, err := draw(d.Plots)
	if err != nil {
		return err
	}
	v.Style = template.CSS(style + ":root{" + svg.Variables(colours, false) + "}@media screen and (prefers-color-scheme:dark){:root{" + svg.Variables(colours, true) + "}}" + svg.Classes(colours))
	v.Policy = "default-src 'none'; script-src '" + hashOf(script) + "'; style-src '" + hashOf(string(v.Style)) + "'; base-uri 'none'; form-action 'none'"
	v.MainPlot, v.Chapters = arrange(d, drawn)
	for i, s := range d.Sections {
		if s.Topic == page.Glossary && len(s.Rows) > 0 {
			v.GlossaryTable = &d.Sections[i]
		}
	}
	v.Data = template.JS(dataOf(d))
	tmpl, err := template.New("page").Funcs(template.FuncMap{"class": class, "rows": rowsOf, "heads": headsOf}).Parse(pageTemplate)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	if err := tmpl.Execute(&out, v); err != nil {
		return err
	}
	_, err = w.Write(out.Bytes())
	return err
}

// hashOf is the hash by which a policy allows a script or a style (CSP level 2).
func hashOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// draw draws the plots, and lists their colours.
func draw(plots []plot.Plot) (drawn map[string]figure, colours []string, err error) {
	drawn, colours = map[string]figure{}, []string{"ffffff"}
	for _, p := range plots {
		element, used, err := p.Inline()
		if err != nil {
			return nil, nil, err
		}
		// The element is our own and its texts are escaped, so it needs no further escaping.
		drawn[p.Name] = figure{p.Name, p.Title, template.HTML(element), p.Lines == nil && p.Width() <= widestHalf}
		colours = append(colours, used...)
	}
	slices.Sort(colours)
	return drawn, slices.Compact(colours), nil
}

// arrange puts the sections and drawings into chapters, in order. The main plot stands before them.
func arrange(d Document, drawn map[string]figure) (main *figure, chapters []chapter) {
	first := d.Main
	if !slices.ContainsFunc(d.Plots, func(p plot.Plot) bool { return p.Name == first }) {
		first = mainPlot(d.Plots)
	}
	if first != "" {
		main = new(drawn[first])
	}
	order := d.Order
	if order == nil {
		order = page.Topics()
	}
	for _, topic := range append(slices.Clone(order), "") {
		c := chapter{ID: strings.ReplaceAll(strings.ToLower(string(topic)), " ", "-"), Title: string(topic)}
		c.ID = strings.ReplaceAll(c.ID, ",", "")
		if topic == "" {
			c.ID, c.Title = "tables", "Tables"
		}
		for _, s := range d.Sections {
			if s.Topic == topic && topic != page.Glossary && len(s.Rows) > 0 {
				c.Sections = append(c.Sections, s)
			}
		}
		for _, p := range d.Plots {
			if p.Name != first && topicOf(p.Name) == topic {
				c.Figures = append(c.Figures, drawn[p.Name])
			}
		}
		if len(c.Sections)+len(c.Figures) > 0 {
			chapters = append(chapters, c)
		}
	}
	return main, chapters
}

// mainPlot is the name of the plot that shows best what a record of this shape is about.
func mainPlot(plots []plot.Plot) string {
	if len(plots) > 0 && strings.HasPrefix(plots[0].Name, plot.TrendPrefix) {
		return plots[0].Name
	}
	for _, name := range []string{"by-two-settings", "by-level", "heat-map", "forest", "capacity", "latency-percentile"} {
		if slices.ContainsFunc(plots, func(p plot.Plot) bool { return p.Name == name }) {
			return name
		}
	}
	return ""
}

// topicOf is what the plot of a name is about; a plot of one metric is about arms.
func topicOf(name string) page.Topic {
	switch name {
	case "forest", "by-two-settings", "heat-map", "by-level", "rate-latency", "rate-response":
		return page.Differences
	case "latency-percentile", "latency-distribution", "latency-block":
		return page.Latency
	case "errors-over-time":
		return page.Errors
	case "streams":
		return page.Streams
	case "over-time":
		return page.OverTime
	case "capacity":
		return page.Capacity
	case "time-parts":
		return page.Time
	}
	if strings.HasPrefix(name, plot.TrendPrefix) {
		return page.Trend
	}
	if strings.HasPrefix(name, "claims") {
		return page.Judgement
	}
	return page.Arms
}

// head is the head of a column as the page shows it.
type head struct {
	Text    string
	Figures bool
}

// headsOf are the heads of a table's columns, with those of the names of its rows in one.
func headsOf(t table.Table) (heads []head) {
	var names []string
	for _, c := range t.Columns {
		if c.Names {
			names = append(names, c.Heading)
		}
	}
	if len(names) > 0 {
		heads = []head{{Text: strings.Join(names, " · ")}}
	}
	for _, c := range t.Columns {
		if !c.Names {
			heads = append(heads, head{c.Heading, c.Figures})
		}
	}
	return heads
}

// row is a row of a table as the page shows it.
type row struct {
	// Arm is the number of its arm, or −1.
	Arm int
	// Name is what the row is called; Named says that it has a name.
	Name  string
	Named bool
	Cells []shown
}

// shown is a cell with its CSS classes.
type shown struct {
	Text, Class string
	// Strip draws what the text says; empty for most cells.
	Strip template.HTML
}

// rowsOf are the rows of a table, each with its names in one. A table without names calls its rows
// by their first cells.
func rowsOf(t table.Table) (rows []row) {
	named := slices.ContainsFunc(t.Columns, func(c table.Column) bool { return c.Names })
	for i, cells := range t.Rows {
		r := row{Arm: svg.NoArm, Named: true}
		if t.Arms != nil {
			r.Arm = t.Arms[i]
		}
		var names []string
		for k, cell := range cells {
			if t.Columns[k].Names || !named && k == 0 {
				names = append(names, cell.String())
				continue
			}
			of := shown{Text: cell.String(), Class: class(t, t.Columns[k], cell)}
			if when, ok := cell.Value.(table.When); ok {
				of.Strip = strip(when)
			}
			r.Cells = append(r.Cells, of)
		}
		r.Name = strings.Join(names, " · ")
		rows = append(rows, r)
	}
	return rows
}

// class returns the CSS classes of a cell, by whether it is a figure, a verdict, a list or a sentence,
// and by its severity.
func class(t table.Table, c table.Column, cell table.Cell) string {
	switch cell.Value.(type) {
	case table.Verdict:
		return "verdict " + cell.Severity.String()
	case table.List:
		return "list"
	case table.When:
		return "when"
	}
	switch {
	case c.Figures:
		return "figure"
	case t.Sentences && len(cell.String()) > 24:
		return "prose"
	}
	return ""
}
