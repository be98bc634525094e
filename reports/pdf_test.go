package reports

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// pdfObjects are the objects of a PDF of Chromium's (PDF 1.4, ISO 32000-1): each by itself, its stream deflated.
type pdfObjects map[string][]byte

var (
	pdfObject   = regexp.MustCompile(`(?s)(\d+) 0 obj\s(.*?)endobj`)
	pdfStream   = regexp.MustCompile(`(?s)stream\r?\n(.*)\r?\nendstream`)
	pdfContents = regexp.MustCompile(`/Type /Page\b[^s](?s:.*?)/Contents (\d+) 0 R`)
	pdfUnicode  = regexp.MustCompile(`/ToUnicode (\d+) 0 R`)
	// pdfShown matches the choice of a font and a text that is shown in it, as glyphs of four digits each.
	pdfShown = regexp.MustCompile(`/F(\d+) \S+ Tf|<([0-9A-Fa-f]+)>`)
	// pdfGlyphs matches glyphs, from first to last, and the character of the first.
	pdfGlyphs = regexp.MustCompile(`(?m)^<([0-9A-F]{4})> (?:<([0-9A-F]{4})> )?<([0-9A-F]{4})>`)
)

// textOfPDF is what the pages of a PDF say, without spaces.
func textOfPDF(raw []byte) (string, error) {
	objects := pdfObjects{}
	for _, m := range pdfObject.FindAllSubmatch(raw, -1) {
		objects[string(m[1])] = m[2]
	}
	pages := pdfContents.FindAllSubmatch(raw, -1)
	if len(pages) == 0 {
		return "", fmt.Errorf("a PDF of %d bytes has no pages", len(raw))
	}
	fonts := map[string]map[string]rune{}
	var out strings.Builder
	for _, page := range pages {
		content, err := objects.stream(string(page[1]))
		if err != nil {
			return "", err
		}
		var font map[string]rune
		for _, m := range pdfShown.FindAllSubmatch(content, -1) {
			if name := string(m[1]); name != "" {
				if fonts[name] == nil {
					fonts[name] = objects.characters(name)
				}
				font = fonts[name]
				continue
			}
			for glyphs := strings.ToUpper(string(m[2])); len(glyphs) >= 4; glyphs = glyphs[4:] {
				if r := font[glyphs[:4]]; r > ' ' {
					out.WriteRune(r)
				}
			}
		}
	}
	return ligatures().Replace(out.String()), nil
}

// ligatures are glyphs that stand for several letters.
func ligatures() *strings.Replacer {
	return strings.NewReplacer("\ufb00", "ff", "\ufb01", "fi", "\ufb02", "fl", "\ufb03", "ffi", "\ufb04", "ffl")
}

// stream is the content of an object.
func (o pdfObjects) stream(number string) ([]byte, error) {
	m := pdfStream.FindSubmatch(o[number])
	if m == nil {
		return nil, fmt.Errorf("object %s of the PDF has no stream", number)
	}
	if !bytes.Contains(o[number], []byte("/FlateDecode")) {
		return m[1], nil
	}
	inflated, err := zlib.NewReader(bytes.NewReader(m[1]))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(inflated)
}

// characters are those of a font's glyphs. Chromium names a font by the number of its object.
func (o pdfObjects) characters(font string) map[string]rune {
	out := map[string]rune{}
	m := pdfUnicode.FindSubmatch(o[font])
	if m == nil {
		return out
	}
	table, err := o.stream(string(m[1]))
	if err != nil {
		return out
	}
	code := func(hex []byte) int { v, _ := strconv.ParseUint(string(hex), 16, 32); return int(v) }
	for _, m := range pdfGlyphs.FindAllSubmatch(table, -1) {
		last := m[1]
		if len(m[2]) > 0 {
			last = m[2]
		}
		for glyph := code(m[1]); glyph <= code(last); glyph++ {
			out[fmt.Sprintf("%04X", glyph)] = rune(code(m[3]) + glyph - code(m[1]))
		}
	}
	return out
}

// expectPrinted expects the PDF of a page to say all of the table of arms.
func expectPrinted(b *tab, pdf []byte) {
	b.t.Helper()
	says, err := textOfPDF(pdf)
	if err != nil {
		b.t.Errorf("%s: %v", b.name, err)
		return
	}
	rows := asked[[][]string](b, `[...document.querySelectorAll("#arms table")].slice(0, 1).flatMap((t) => [...t.rows]).filter((r) => !r.classList.contains("off")).map((r) => [...r.cells].map((c) => c.textContent))`)
	if asked[bool](b, `document.querySelector("#arms") !== null`) && len(rows) < 2 {
		b.t.Errorf("%s: the table of arms has %d rows", b.name, len(rows))
	}
	for i, row := range rows {
		for _, cell := range row {
			if printed := strings.Join(strings.Fields(cell), ""); !strings.Contains(says, printed) {
				b.t.Errorf("%s: the PDF does not say %q, of row %d of the table of arms", b.name, cell, i)
			}
		}
	}
}

func TestTextOfPDF(t *testing.T) {
	t.Parallel()
	page := "<</Type /Page\n/Resources <</Font <</F4 4 0 R>>>>\n/Contents 2 0 R>>"
	raw := "1 0 obj\n" + page + "\nendobj\n2 0 obj\n<</Length 9>> stream\nBT /F4 9.3 Tf <00240025> Tj [<0003> 20 <0024>] TJ ET\nendstream\nendobj\n" +
		"4 0 obj\n<</Type /Font /ToUnicode 5 0 R>>\nendobj\n5 0 obj\n<<>> stream\n1 beginbfchar\n<0003> <0020>\nendbfchar\n1 beginbfrange\n<0024> <0025> <0041>\nendbfrange\nendstream\nendobj\n"
	if got, err := textOfPDF([]byte(raw)); err != nil || got != "ABA" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := textOfPDF([]byte("%PDF-1.4")); err == nil {
		t.Error("no error without pages")
	}
}
