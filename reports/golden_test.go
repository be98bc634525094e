package reports

import (
	"bytes"
	"encoding/json"
	"flag"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"weighbridge/bench/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what it was (run with -update if it should differ); now:\n%.4000s", path, got)
	}
}

func written(t *testing.T, format string, rec *record.Record) []byte {
	t.Helper()
	return reported(t, format, Judged{Record: rec})
}

func reported(t *testing.T, format string, j Judged) []byte {
	t.Helper()
	return outputOf(t, func(w io.Writer) error { return Write(w, format, j) })
}

func TestGoldenFormats(t *testing.T) {
	t.Parallel()
	rec := synthetic(matrixShape())
	for format, file := range map[string]string{"table": "matrix.txt", "markdown": "matrix.md", "csv": "matrix.csv", "json": "matrix.json", "html": "matrix.html"} {
		golden(t, file, written(t, format, rec))
	}
}

func TestGoldenTables(t *testing.T) {
	t.Parallel()
	noAxes := shape{blocks: 1, open: true, promptsPerOpen: 200, speed: func(map[string]string) float64 { return 1 }}
	closedOnly := matrixShape()
	closedOnly.open, closedOnly.blocks = false, 6
	invalid := matrixShape()
	invalid.blocks = 3
	for name, rec := range map[string]*record.Record{
		"no-axes-open-only": synthetic(noAxes),
		"closed-only":       synthetic(closedOnly),
		"sixteen-long":      synthetic(sixteenArms(true)),
		"invalid":           broken(synthetic(invalid)),
	} {
		golden(t, name+".txt", written(t, "table", rec))
	}
}

// broken is a run cut short in its last block, with an arm that got no answer at all and reasons not to trust it.
func broken(rec *record.Record) *record.Record {
	rec.Complete, rec.Stopped = false, "interrupt"
	rec.Invalid = []string{"send lag p99 of 9.1 ms is over 5 ms", "arm x: 4 answers spoke HTTP/1.1, not HTTP/2"}
	rec.Warnings = []string{"two levels of batching make the same arm"}
	for i := range rec.Arms {
		blocks := rec.Arms[i].Blocks
		blocks[len(blocks)-1].Complete = false
		blocks[len(blocks)-1].Closed = nil
	}
	arm := &rec.Arms[5]
	arm.Protocol, arm.Ledger = "", nil
	arm.Totals = record.Totals{}
	for j := range arm.Blocks {
		open := emptySlice(2000)
		open.Due, open.Failed, open.Requests, open.Attempts = 200, 200, 200, 600
		for class, n := range map[string]uint64{"auth": 90, "timeout": 60, "transport": 30, "server": 20} {
			open.Errors[class] = n
		}
		arm.Blocks[j].Open = open
		if arm.Blocks[j].Complete {
			arm.Blocks[j].Closed = &record.Slice{DurationMS: 400, Due: 40, Failed: 40, Requests: 40, Attempts: 40}
		}
	}
	return rec
}

// What Folder makes of the record in memory is what Write and Plots make of the one read back.
func TestSameRecordSameBytes(t *testing.T) {
	t.Parallel()
	rec, back := synthetic(smallShape()), reread(t, synthetic(smallShape()))
	files, err := Folder(Judged{Record: rec})
	if err != nil {
		t.Fatal(err)
	}
	again := []File{{"report.md", written(t, "markdown", back)}, {"report.html", written(t, "html", back)}}
	plots, err := Plots(back)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range plots {
		again = append(again, File{"plots/" + p.Name + ".svg", p.SVG}, File{"plots/" + p.Name + ".png", p.PNG})
		if picture, err := png.Decode(bytes.NewReader(p.PNG)); err != nil || picture.Bounds().Dx() < 800 {
			t.Errorf("%s.png is no picture 800 dots wide: %v", p.Name, err)
		}
		if !strings.Contains(string(p.SVG), ">"+p.Title+"<") {
			t.Errorf("%s.svg has no title", p.Name)
		}
	}
	var names []string
	for i, file := range files {
		names = append(names, file.Name)
		if file.Name != again[i].Name || !bytes.Equal(file.Bytes, again[i].Bytes) {
			t.Errorf("%s differs between the record in memory and the one read back", file.Name)
		}
	}
	want := "report.md report.html plots/latency-percentile.svg plots/latency-percentile.png plots/tps.svg plots/tps.png " +
		"plots/error-rate.svg plots/error-rate.png plots/latency-block.svg plots/latency-block.png " +
		"plots/over-time.svg plots/over-time.png plots/time-parts.svg plots/time-parts.png"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("the folder holds %s\nwant %s", got, want)
	}
	for _, format := range []string{"table", "csv", "json"} {
		if !bytes.Equal(written(t, format, rec), written(t, format, back)) {
			t.Errorf("%s differs between the record in memory and the one read back", format)
		}
	}
}

// reread is the record as it comes back from disk.
func reread(t testing.TB, rec *record.Record) *record.Record {
	t.Helper()
	raw, err := json.Marshal(rec)
	if err != nil {
		t.Fatal(err)
	}
	var back record.Record
	if err := json.Unmarshal(raw, &back); err != nil {
		t.Fatal(err)
	}
	return &back
}

func TestMatrixTableFitsTheTerminal(t *testing.T) {
	for _, line := range strings.Split(string(written(t, "table", synthetic(matrixShape()))), "\n") {
		if n := utf8.RuneCountInString(line); n > 120 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

func TestHeadlineBeginsWithWhatMatters(t *testing.T) {
	t.Parallel()
	rec := synthetic(smallShape())
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
	rec := synthetic(smallShape())
	rec.Scenario.Title = `<script src="https://example.org/x.js">`
	rec.Warnings = []string{"<img src=//example.org/y.png>"}
	rec.Axes[0].Levels[0] = "<b>"
	for i := range rec.Arms {
		if rec.Arms[i].Levels["batching"] == "single" {
			rec.Arms[i].Levels["batching"] = "<b>"
		}
	}
	html := string(written(t, "html", rec))
	for _, bad := range []string{"<script", "<img", "<b>", "<link", "@import", "url(", "<?xml"} {
		if strings.Contains(html, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	fetch := regexp.MustCompile(`<[^>]*\s(?:src|href|action|data)\s*=`)
	if found := fetch.FindString(html); found != "" {
		t.Errorf("the page holds an attribute that fetches: %q", found)
	}
	if n := strings.Count(html, "<svg"); n != 6 {
		t.Errorf("the page holds %d plots, want 6", n)
	}
	namespaces := regexp.MustCompile(`xmlns(:xlink)?="http://www\.w3\.org/[^"]*"`)
	title := "https://example.org/x.js" // as text, in the title and the heading
	if rest := strings.ReplaceAll(namespaces.ReplaceAllString(html, ""), title, ""); strings.Contains(rest, "://") {
		t.Error("the page holds an address other than the svg namespaces")
	}
}

func TestMarkdownEscapes(t *testing.T) {
	rec := synthetic(smallShape())
	rec.Scenario.Title = "a | b <script> [x](y)\nsecond"
	first, _, _ := strings.Cut(string(written(t, "markdown", rec)), "\n")
	if want := `# a \| b &lt;script&gt; \[x\](y) second. Valid.`; first != want {
		t.Errorf("the heading is %q, want %q", first, want)
	}
}

func TestUnknownFormatNamesTheKnown(t *testing.T) {
	err := Write(&bytes.Buffer{}, "pdf", Judged{Record: synthetic(smallShape())})
	if err == nil || !strings.Contains(err.Error(), `"pdf"`) || !strings.Contains(err.Error(), "table, markdown, csv, json, html, junit") {
		t.Errorf("the error is %v", err)
	}
}
