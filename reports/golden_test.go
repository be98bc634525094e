package reports

import (
	"bytes"
	"encoding/json"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"weighbridge/bench/golden"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/reportstest"
)

func written(t *testing.T, format string, rec *record.Record) []byte {
	t.Helper()
	return reported(t, format, &Judged{Record: rec})
}

func reported(t *testing.T, format string, j *Judged) []byte {
	t.Helper()
	return reportstest.OutputOf(t, func(w io.Writer) error { return Write(w, Screen{}, format, j) })
}

func TestGoldenFormats(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Matrix())
	for format, file := range map[string]string{"table": "matrix.txt", "markdown": "matrix.md", "csv": "matrix.csv", "json": "matrix.json"} {
		golden.Check(t, "testdata/"+file, written(t, format, rec))
	}
	// Of the page, what people read: its script, its style, its drawings and its downloads have tests of their own.
	page := regexp.MustCompile(`(?s)<script.*?</script>\n|<style>.*?</style>|<svg.*?</svg>|base64,[^"]*|sha256-.*?&#39;`).ReplaceAll(written(t, "html", rec), nil)
	golden.Check(t, "testdata/matrix.html", page)
}

func TestGoldenTables(t *testing.T) {
	t.Parallel()
	noAxes := recordtest.Shape{Blocks: 1, Open: true, PromptsPerOpen: 200, Speed: func(map[string]string) float64 { return 1 }}
	closedOnly := recordtest.Matrix()
	closedOnly.Open, closedOnly.Blocks = false, 6
	invalid := recordtest.Matrix()
	invalid.Blocks = 3
	for name, rec := range map[string]*record.Record{
		"no-axes-open-only": recordtest.Record(noAxes),
		"closed-only":       recordtest.Record(closedOnly),
		"sixteen-long":      recordtest.Record(recordtest.SixteenArms(true)),
		"invalid":           recordtest.Interrupted(recordtest.Record(invalid)),
	} {
		golden.Check(t, "testdata/"+name+".txt", written(t, "table", rec))
	}
}

// A record gives the same bytes before it is written and after it is read.
func TestConcurrentDrawingsAreTheSame(t *testing.T) {
	t.Parallel()
	rec, back := recordtest.Record(recordtest.Small()), recordtest.Reread(t, recordtest.Record(recordtest.Small()))
	files, err := Folder(&Judged{Record: rec})
	if err != nil {
		t.Fatal(err)
	}
	again := []File{{"report.md", written(t, "markdown", back)}, {"report.html", written(t, "html", back)}}
	plots, err := Plots(&Judged{Record: back})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range plots {
		if strings.HasSuffix(f.Name, ".png") {
			if picture, err := png.Decode(bytes.NewReader(f.Bytes)); err != nil || picture.Bounds().Dx() < 800 {
				t.Errorf("%s is no picture 800 dots wide: %v", f.Name, err)
			}
		}
		again = append(again, File{"plots/" + f.Name, f.Bytes})
	}
	var names []string
	for i, file := range files {
		names = append(names, file.Name)
		if file.Name != again[i].Name || !bytes.Equal(file.Bytes, again[i].Bytes) {
			t.Errorf("%s differs between the record in memory and the one read back", file.Name)
		}
	}
	want := "report.md report.html plots/forest.svg plots/forest.png plots/latency-percentile.svg plots/latency-percentile.png plots/latency-distribution.svg plots/latency-distribution.png plots/tps.svg plots/tps.png " +
		"plots/error-rate.svg plots/error-rate.png plots/latency-block.svg plots/latency-block.png " +
		"plots/over-time.svg plots/over-time.png plots/errors-over-time.svg plots/errors-over-time.png plots/time-parts.svg plots/time-parts.png"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the folder holds %s\nwant %s", got, want)
	}
	for _, format := range Formats() {
		if !bytes.Equal(written(t, format, rec), written(t, format, back)) {
			t.Errorf("%s differs between the record in memory and the one read back", format)
		}
	}
}

func TestMatrixTableFitsTheTerminal(t *testing.T) {
	for _, line := range strings.Split(string(written(t, "table", recordtest.Record(recordtest.Matrix()))), "\n") {
		if n := utf8.RuneCountInString(line); n > 120 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestHeadlineBeginsWithWhatMatters(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	cases := []struct {
		name    string
		change  func(*record.Record)
		begins  string
		follows string
	}{
		{"valid", func(*record.Record) {}, "Single or batched", ""},
		{"quick", func(r *record.Record) { r.Quick = true }, "Single or batched, HTTP/1.1 or HTTP/2, OAuth or JWT. Valid, but a quick run: indicative only.", ""},
		{"incomplete", func(r *record.Record) { r.Complete, r.Stopped = false, "interrupt" }, "INCOMPLETE (stopped: interrupt): ", ""},
		{"invalid", func(r *record.Record) { r.Invalid = []string{"ledger mismatch"} }, "INVALID: ", "ledger mismatch"},
		{"both", func(r *record.Record) { r.Complete, r.Invalid = false, []string{"ledger mismatch"} }, "INVALID and INCOMPLETE: ", "ledger mismatch"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			changed := *rec
			c.change(&changed)
			lines := strings.Split(string(written(t, "table", &changed)), "\n")
			if !strings.HasPrefix(lines[0], c.begins) || !strings.Contains(lines[1], c.follows) {
				t.Errorf("the table begins %q, %q", lines[0], lines[1])
			}
			if md := string(written(t, "markdown", &changed)); !strings.HasPrefix(md, "# "+c.begins) {
				t.Errorf("the markdown begins %.80q", md)
			}
		})
	}
}

func TestHTMLFetchesNothingAndEscapes(t *testing.T) {
	rec := recordtest.Record(recordtest.Small())
	rec.Scenario.Title = `<script src="https://example.org/x.js">`
	rec.Warnings = []string{"<img src=//example.org/y.png>"}
	rec.Axes[0].Levels[0] = "<b>"
	for i := range rec.Arms {
		if rec.Arms[i].Levels["batching"] == "single" {
			rec.Arms[i].Levels["batching"] = "<b>"
		}
	}
	html := string(written(t, "html", rec))
	// Scripts of ours are its data and its script; what these hold, the policy and the browser's tests hold.
	without := regexp.MustCompile(`(?s)<script( type="application/json" id="data")?>.*?</script>|<style>.*?</style>`).ReplaceAllString(html, "")
	for _, bad := range []string{"<script", "<img", "<b>", "<link", "@import", "url(", "<?xml"} {
		if strings.Contains(without, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	fetch := regexp.MustCompile(`<[^>]*\s(?:src|href|action|data)\s*="(?:[^#d]|d[^a])`)
	if found := fetch.FindString(without); found != "" {
		t.Errorf("the page holds an attribute that fetches: %q", found)
	}
	if n := strings.Count(without, "<svg"); n != 9 {
		t.Errorf("the page holds %d plots, want 9", n)
	}
	title := "https://example.org/x.js" // as text, in the title and the heading
	if rest := strings.ReplaceAll(without, title, ""); strings.Contains(rest, "://") {
		t.Error("the page holds an address")
	}
}

func TestMarkdownEscapes(t *testing.T) {
	rec := recordtest.Record(recordtest.Small())
	rec.Scenario.Title = "a | b <script> [x](y)\nsecond"
	first, _, _ := strings.Cut(string(written(t, "markdown", rec)), "\n")
	if want := `# a \| b &lt;script&gt; \[x\](y) second. Valid.`; first != want {
		t.Errorf("the heading is %q, want %q", first, want)
	}
}

func TestUnknownFormatListsTheFormats(t *testing.T) {
	err := Write(&bytes.Buffer{}, Screen{}, "pdf", &Judged{Record: recordtest.Record(recordtest.Small())})
	if err == nil || !strings.Contains(err.Error(), `"pdf"`) || !strings.Contains(err.Error(), "table, markdown, csv, csv:blocks, ") {
		t.Errorf("the error is %v", err)
	}
}

// Percentiles of every second and the kinds of failure leave records and pages small.
func TestRecordsAndPagesStaySmall(t *testing.T) {
	t.Parallel()
	sh := recordtest.Matrix()
	sh.Blocks = 15
	rec := recordtest.Record(sh)
	raw, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	page := written(t, "html", rec)
	if len(raw) > 1_500_000 || len(page) > 1_000_000 {
		t.Errorf("8 arms of 15 blocks make a record of %d bytes and a page of %d, want at most 1.5 MB and 1 MB", len(raw), len(page))
	}
	t.Logf("a record of %d bytes, a page of %d", len(raw), len(page))
}
