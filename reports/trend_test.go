package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/bench/trend"
	"weighbridge/reports/reportstest"
)

func trendOf(h recordtest.History) trend.Trend {
	var c trend.Collector
	for i, rec := range h.Records() {
		c.Add(fmt.Sprintf("results/%02d", i+1), rec)
	}
	return c.Trend(1)
}

// moved is a trend of which everything a report shows is known: a change with a new version, a run of
// another machine, and a figure that one run lacks.
func moved() trend.Trend {
	return trendOf(recordtest.History{Runs: 16, Step: 8, By: 1.2, Change: func(i int, rec *record.Record) {
		switch {
		case i == 3:
			rec.Env.CPU = "Another CPU"
		case i == 5:
			rec.Arms = rec.Arms[:1]
		case i >= 8:
			rec.Tool = "v0.2.0"
		}
	}})
}

func trendAs(t *testing.T, format string, of trend.Trend) []byte {
	t.Helper()
	return reportstest.OutputOf(t, func(w io.Writer) error { return WriteTrend(w, Screen{}, format, of) })
}

func TestGoldenTrend(t *testing.T) {
	t.Parallel()
	of := moved()
	for format, file := range map[string]string{"table": "trend.txt", "markdown": "trend.md", "csv": "trend.csv", "json": "trend.json"} {
		golden.Check(t, "testdata/"+file, trendAs(t, format, of))
	}
	one := trendOf(recordtest.History{Runs: 9, Step: 99, By: 1, Change: func(_ int, rec *record.Record) { rec.Axes, rec.Arms = nil, rec.Arms[:1] }})
	golden.Check(t, "testdata/trend-one-arm.txt", trendAs(t, "table", one))
}

// Every figure is the same in the table of rows and in the nested one, and unknown ones are neither 0 nor NaN.
func TestTrendFiguresAgree(t *testing.T) {
	t.Parallel()
	of := moved()
	rows, err := csv.NewReader(bytes.NewReader(trendAs(t, "csv", of))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var nested struct {
		Schema   string
		Runs     []struct{ Record string }
		Findings []string
		Series   []struct {
			Arm, Metric string
			Points      []struct{ Value, Low, High *float64 }
			Changes     []struct {
				At    int
				Ratio *float64
				P     float64
			}
		}
	}
	if err := json.Unmarshal(trendAs(t, "json", of), &nested); err != nil {
		t.Fatal(err)
	}
	if nested.Schema != "weighbridge.trend/v1" || len(nested.Findings) == 0 || len(nested.Runs) != 15 {
		t.Fatalf("%+v", nested)
	}
	at := func(row []string, column string) string { return row[slices.Index(rows[0], column)] }
	print := func(v *float64) string {
		if v == nil {
			return ""
		}
		return strconv.FormatFloat(*v, 'g', -1, 64)
	}
	k, changes := 1, 0
	for _, s := range nested.Series {
		for i, p := range s.Points {
			row := rows[k]
			k++
			if at(row, "arm") != s.Arm || at(row, "metric") != s.Metric || at(row, "run") != strconv.Itoa(i+1) || at(row, "record") != nested.Runs[i].Record {
				t.Fatalf("row %d is %v", k, row)
			}
			if at(row, "value") != print(p.Value) || at(row, "low") != print(p.Low) || at(row, "high") != print(p.High) {
				t.Errorf("%s of %s: %v beside %+v", s.Metric, s.Arm, row, p)
			}
			if at(row, "change") != "" {
				changes++
			}
		}
		for _, c := range s.Changes {
			changes--
			if c.Ratio == nil || c.P <= 0 || c.P > trend.Alpha {
				t.Errorf("%s of %s: %+v", s.Metric, s.Arm, c)
			}
		}
	}
	if k != len(rows) || changes != 0 {
		t.Errorf("%d rows of %d; %d changes more in one", k, len(rows), changes)
	}
}

func TestTrendPlotsAndPage(t *testing.T) {
	t.Parallel()
	of := moved()
	plots, err := TrendPlots(of)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range plots {
		names = append(names, p.Name)
	}
	if got := strings.Join(names, " "); !strings.HasPrefix(got, "trend-p50.svg trend-p50.png") || strings.Contains(got, "error-rate") {
		t.Errorf("the plots are %s", got)
	}
	page := string(trendAs(t, "html", of))
	for _, want := range []string{"<h1>Every night</h1>", `id="trend"`, `id="runs"`, "<title>ab=b, run 9, 2026-11-20 18:30, results/10: p50 ms ", `download="trend.csv"`, `data-arm="1"`, "Another CPU"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if again := string(trendAs(t, "html", of)); again != page {
		t.Error("the page is another one when it is written again")
	}
	// Of many arms no more is drawn than can be told apart, and of nothing there is a page too.
	for _, format := range TrendFormats() {
		trendAs(t, format, trend.Trend{Runs: []trend.Run{}, Series: []trend.Series{}})
	}
	if err := WriteTrend(io.Discard, Screen{}, "pdf", of); err == nil || !strings.Contains(err.Error(), "expected one of table, markdown, csv, json, html") {
		t.Errorf("%v", err)
	}
}

// Texts of foreign records command no terminal, spreadsheet or browser.
func TestTextsBreakNoTrend(t *testing.T) {
	t.Parallel()
	base := trendOf(recordtest.History{Runs: 9, Step: 99, By: 1})
	for _, text := range nasty() {
		of := base
		of.Title, of.Scenario = text, text
		of.Runs, of.Series, of.Arms = slices.Clone(base.Runs), slices.Clone(base.Series), slices.Clone(base.Arms)
		of.Runs[2].Name, of.Runs[3].Tool, of.Runs[4].Differs = text, text, []string{text}
		of.LeftOut = []trend.LeftOut{{Name: text, Why: text}}
		of.Warnings = []string{text}
		for i := range of.Series {
			of.Series[i].Arm = text + of.Series[i].Arm
		}
		for _, format := range TrendFormats() {
			out := string(trendAs(t, format, of))
			for _, r := range []string{"\x1b", "\x00", "\x07", "\u202e", "\u009b", "<script>alert"} {
				if strings.Contains(out, r) && (r[0] != '<' || format == "html" || format == "markdown") {
					t.Errorf("%s holds %q of %.20q", format, r, text)
				}
			}
			if format == "csv" {
				if rows, err := csv.NewReader(strings.NewReader(out)).ReadAll(); err != nil || len(rows) != 1+len(of.Series)*9 {
					t.Errorf("%.20q: %d rows, %v", text, len(rows), err)
				}
			}
			if format == "json" && !json.Valid([]byte(out)) {
				t.Errorf("%.20q is no JSON", text)
			}
		}
	}
}
