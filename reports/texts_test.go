package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/format"
	"weighbridge/reports/plot"
	"weighbridge/reports/reportstest"
)

// nasty are texts that some format could take for more than text.
func nasty() []string {
	return []string{
		"<script>alert(1)</script>", `"'` + "`", "a\nb\r\nc\x00", "\x1b[2J\x1b[31m", "\x1b]0;title\x07\x1b]8;;http://x\x1b\\",
		"=cmd|' /C calc'!A0", "@SUM(1)", "-2+3", "| a | b |\\|", "\u009b31m\u202e\u2028\u00ad", "::error::x", "##[group]y", "\xff\xfe", "![x](y) <b> &amp; $1$ #12 @name _a_ ~~b~~",
		strings.Repeat("long ", 2000), strings.Repeat("w", 10000),
	}
}

// withText is a judged record with the text in each of its texts, those of its levels too.
func withText(text string) *Judged {
	add := func(s string) string {
		if s == "" {
			return ""
		}
		return s + text
	}
	rec := format.WithTexts(*recordtest.Full(2, 2), add)
	rec.Warnings, rec.Invalid = []string{text}, []string{text + " is invalid"}
	rec.Scenario.Title, rec.Scenario.Name = text, text
	for i := range rec.Arms {
		// What a server said and sent, by name.
		s := rec.Arms[i].Blocks[0].Open
		s.Finish, s.Remarks, s.Errors = map[string]uint64{text: 3}, map[string]uint64{text: 4}, map[string]uint64{text: 5}
		s.Parts = &record.Parts{}
		s.Parts.AddServer(text, 1e6)
		rec.Arms[i].Capacity.Latencies = []record.Objective{{Metric: text, MaxMS: 5}}
	}
	j := &Judged{Record: &rec, RunVerdict: format.WithTexts(reportstest.Regressed(), add), Claims: format.WithTexts(reportstest.SomeClaims(), add)}
	for i := range j.RunVerdict.Rules { // verdicts are words of ours
		j.RunVerdict.Rules[i].Verdict = gate.Regression
		for k := range j.RunVerdict.Rules[i].Findings {
			j.RunVerdict.Rules[i].Findings[k].Verdict = gate.Inconclusive
		}
	}
	j.RunVerdict.Verdict = gate.Regression
	return j
}

// The plots that printedTexts draws: none, those in the pages, those alone, or both.
const (
	undrawn = 0
	inPages = 1
	alone   = 2
)

// printedTexts is what every format prints of j and of its comparison with itself.
func printedTexts(t *testing.T, j *Judged, drawn int) map[string]string {
	t.Helper()
	out := map[string]string{}
	add := func(name string, write func(io.Writer) error) { out[name] = string(reportstest.OutputOf(t, write)) }
	for _, format := range Formats() {
		if drawn&inPages != 0 || format != "html" && format != "markdown" {
			add("report."+format, func(w io.Writer) error { return Write(w, Screen{}, format, j) })
		}
	}
	add("narrow.table", func(w io.Writer) error { return Write(w, Screen{Width: 80}, "table", j) })
	for _, format := range VerdictFormats() {
		add("verdict."+format, func(w io.Writer) error { return WriteVerdict(w, Screen{}, format, j, true) })
	}
	c := Compared{Old: j.Record.Scenario.Name, New: "b", Warnings: j.Record.Warnings, Invalid: j.Record.Invalid, Base: j.Record, Head: j.Record}
	c.Deltas, _ = figures.BetweenRecords(figures.Run{Record: j.Record}, figures.Run{Record: j.Record})
	for _, format := range CompareFormats() {
		if format == "html" && drawn != inPages {
			continue
		}
		add("compare."+format, func(w io.Writer) error { return WriteCompare(w, Screen{}, format, c) })
	}
	out["annotations.log"] = strings.Join(Annotations(j), "\n")
	if drawn&alone != 0 {
		plots, err := plot.All(j.Printable())
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range plots {
			svg, err := p.SVG()
			if err != nil {
				t.Fatal(err)
			}
			out[p.Name+".svg"] = string(svg)
		}
	}
	return out
}

// expectHarmless expects that an output is what its format says, and commands nothing.
func expectHarmless(t *testing.T, name, out string) {
	t.Helper()
	if !utf8.ValidString(out) {
		t.Errorf("%s is not UTF-8", name)
	}
	if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && r != '\t' && !unicode.IsPrint(r) }); i >= 0 {
		t.Errorf("%s has an unprintable character: %q", name, out[max(0, i-30):min(len(out), i+30)])
	}
	for line := range strings.Lines(out) {
		command := strings.HasPrefix(strings.TrimSpace(line), "::")
		if name == "annotations.log" {
			command = !strings.HasPrefix(line, "::error title=")
		}
		if command || strings.Contains(line, "##[") && !strings.Contains(name, ".json") {
			t.Errorf("%s has the line %.80q", name, line)
		}
	}
	kind, _, _ := strings.Cut(name[strings.LastIndex(name, ".")+1:], ":")
	switch kind {
	case "html", "svg", "markdown":
		if kind == "html" {
			expectPage(t, name, out)
		} else if strings.Contains(out, "<script") || strings.Contains(out, "<b>") {
			t.Errorf("%s has markup in it", name)
		}
	}
	switch kind {
	case "svg", "junit":
		expectXML(t, name, out)
	case "json":
		if !json.Valid([]byte(out)) || strings.Count(out, "\n") != 1 {
			t.Errorf("%s is not a line of JSON", name)
		}
	case "csv":
		expectTable(t, name, out)
	case "prometheus", "openmetrics":
		expectSeries(t, name, out)
	case "markdown":
		expectRows(t, name, out)
	}
}

// expectXML expects well-formed XML, which has no other characters than XML allows.
func expectXML(t *testing.T, name, out string) {
	t.Helper()
	for in := xml.NewDecoder(strings.NewReader(out)); ; {
		if _, err := in.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Errorf("%s is no XML: %v", name, err)
			return
		}
	}
}

// expectPage expects a page that has no script but its own, and whose data is what it was.
func expectPage(t *testing.T, name, out string) {
	t.Helper()
	before, rest, _ := strings.Cut(out, `<script type="application/json" id="data">`)
	data, rest, _ := strings.Cut(rest, "</script>")
	script, after, _ := strings.Cut(rest, "</script>")
	if strings.Contains(before, "<script") || strings.Contains(before, "alert(1)</") || !json.Valid([]byte(data)) || strings.ContainsAny(data, "<>\u2028\u2029") ||
		!strings.HasPrefix(script, "\n<script>") || strings.TrimSpace(after) != "</body>\n</html>" {
		t.Errorf("%s has a script that is not its own, or its data is broken", name)
	}
}

// expectTable expects rows of the same length, and no formulas.
func expectTable(t *testing.T, name, out string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Errorf("%s: %v", name, err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if _, err := strconv.ParseFloat(cell, 64); err != nil && cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
				t.Errorf("%s has the formula %.80q", name, cell)
			}
		}
	}
}

// series matches a line of the text format and of OpenMetrics: no label can end early.
var series = regexp.MustCompile(`^[a-z0-9_]+(\{([a-z_]+="([^"\\]|\\[\\n"])*",?)*\})? [-+.0-9eEInfNa]+( [.0-9e+]+)?$`)

// expectSeries expects series and comments, and of OpenMetrics one # EOF at the end.
func expectSeries(t *testing.T, name, out string) {
	t.Helper()
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if !series.MatchString(line) && !strings.HasPrefix(line, "# ") {
			t.Errorf("%s has the line %.300q", name, line)
		}
	}
	if strings.HasSuffix(name, "openmetrics") {
		body, whole := strings.CutSuffix(out, "\n# EOF\n")
		if !whole || strings.Contains(body, "\n# EOF") {
			t.Errorf("%s does not end with its one # EOF", name)
		}
	}
}

// divider matches a bar between two cells of Markdown.
var divider = regexp.MustCompile(`(^|[^\\])(\\\\)*\|`)

// expectRows expects rows of tables with as many cells as the row before.
func expectRows(t *testing.T, name, out string) {
	t.Helper()
	before := 0
	for line := range strings.Lines(out) {
		cells := 0
		if strings.HasPrefix(line, "|") {
			cells = len(divider.FindAllString(line, -1))
		}
		if cells > 0 && before > 0 && cells != before {
			t.Errorf("%s has a row of %d cells after one of %d: %.120s", name, cells, before, line)
		}
		before = cells
	}
}

// No text of a record, whoever wrote it, breaks a format or commands a terminal or a CI service.
func TestTextsBreakNoFormat(t *testing.T) {
	t.Parallel()
	all := nasty()
	for i, text := range []string{strings.Join(all[:len(all)-2], " "), all[len(all)-1]} {
		j := withText(text)
		for name, out := range printedTexts(t, j, inPages+i) {
			expectHarmless(t, name, out)
		}
		if j.Record.Scenario.Title != text {
			t.Error("printing has changed the record")
		}
		raw := reportstest.OutputOf(t, func(w io.Writer) error { return Write(w, Screen{}, "json", j) })
		if got, _ := found(t, raw, "scenario").(string); len([]rune(got)) != len([]rune(text)) {
			t.Errorf("json has the name %.80q, want %.80q", got, text)
		}
	}
}

func FuzzTextsBreakNoFormat(f *testing.F) {
	for _, text := range []string{"=a\nb", "::error::x", "| \x1b[2J"} { // the test has all of them together
		f.Add(text)
	}
	fuzzing := flag.Lookup("test.fuzz").Value.String() != ""
	f.Fuzz(func(t *testing.T, text string) {
		drawn := undrawn
		if fuzzing && len(text)%8 == 0 { // drawing takes a second; the test has drawn
			drawn = inPages | alone
		}
		for name, out := range printedTexts(t, withText(text), drawn) {
			expectHarmless(t, name, out)
		}
	})
}

// Names that differ still differ once they are printed, so that no arm is taken for another.
func TestNamesStayDifferent(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	for i, level := range []string{"a b", "a\tb"} {
		rec.Axes[0].Levels[i], rec.Arms[i].Levels["batching"] = level, level
	}
	p := (&Judged{Record: rec, AllowInconclusive: true}).Printable()
	first, second := p.Record.Arms[0].Levels["batching"], p.Record.Arms[1].Levels["batching"]
	if first != "a b" || second == first || p.Record.Axes[0].Levels[1] != second || !p.AllowInconclusive {
		t.Errorf("the levels are %q and %q", first, second)
	}
	if !bytes.Equal(written(t, "table", rec), written(t, "table", rec)) {
		t.Error("the same record is printed in two ways")
	}
}
