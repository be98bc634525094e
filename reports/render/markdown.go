package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/olekukonko/tablewriter/renderer"

	"weighbridge/reports/page"
	"weighbridge/reports/plot"
	"weighbridge/reports/table"
)

// Markdown prints the page as Markdown for GitHub. The plots are links into the folder plots/.
func Markdown(w io.Writer, p page.Page, plots []plot.Plot) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s\n\n", markdownText(p.Headline.Text))
	bullets(&out, p.Reasons)
	bullets(&out, p.Answers)
	if err := markdownSections(&out, p.Sections, false); err != nil {
		return err
	}
	for _, picture := range plots {
		fmt.Fprintf(&out, "![%s](plots/%s.svg)\n\n", markdownText(picture.Title), picture.Name)
	}
	if err := markdownSections(&out, p.Sections, true); err != nil {
		return err
	}
	fmt.Fprint(&out, "## How it was measured\n\n")
	bullets(&out, p.Quality)
	if len(p.Warnings) > 0 {
		fmt.Fprint(&out, "## Warnings\n\n")
		bullets(&out, p.Warnings)
	}
	_, err := w.Write(append(bytes.TrimRight(out.Bytes(), "\n"), '\n'))
	return err
}

// markdownSections prints the sections with details, or the others, unless they have no rows.
func markdownSections(out *bytes.Buffer, sections []page.Section, details bool) error {
	for _, s := range sections {
		if s.Details != details || len(s.Rows) == 0 {
			continue
		}
		if s.Title != "" {
			fmt.Fprintf(out, "## %s\n\n", s.Title)
		}
		if err := markdownTable(out, s.Table); err != nil {
			return err
		}
	}
	return nil
}

// markdownTable prints a table after the line that explains it.
func markdownTable(out *bytes.Buffer, t table.Table) error {
	g := printed(t, markdownText)
	if g.about != "" {
		fmt.Fprintf(out, "%s\n\n", g.about)
	}
	if err := writeGrid(out, g, renderer.NewMarkdown()); err != nil {
		return err
	}
	fmt.Fprintln(out)
	return nil
}

func bullets(w io.Writer, texts []string) {
	for _, text := range texts {
		fmt.Fprintf(w, "- %s\n", markdownText(text))
	}
	if len(texts) > 0 {
		fmt.Fprintln(w)
	}
}

// markdownText escapes what Markdown or HTML would read as markup, what GitHub would link (@name and
// #12), and line breaks.
func markdownText(text string) string {
	runes := []rune(strings.NewReplacer("\n", " ", "\r", " ").Replace(text))
	word := func(i int) bool {
		return i >= 0 && i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]))
	}
	blank := func(i int) bool { return i < 0 || i >= len(runes) || runes[i] == ' ' }
	var out strings.Builder
	for i, r := range runes {
		switch {
		case r == '&':
			out.WriteString("&amp;")
		case r == '<':
			out.WriteString("&lt;")
		case r == '>':
			out.WriteString("&gt;")
		case (r == '@' || r == '#') && word(i+1):
			out.WriteRune(r)
			out.WriteString("<!-- -->") // splits the text that GitHub looks for names and numbers in
		case strings.ContainsRune("\\`*[]|#", r), r == '_' && !(word(i-1) && word(i+1)), r == '~' && !(blank(i-1) && blank(i+1)):
			out.WriteRune('\\')
			out.WriteRune(r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
