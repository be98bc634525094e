package reports

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"weighbridge/bench/figures"
	"weighbridge/bench/golden"
	"weighbridge/reports/reportstest"
)

// twoRecords compares two arms of two records: one is slower, and little is known about the other.
func twoRecords() Compared {
	const one, two = "batching=single,protocol=h1", "batching=batch10,protocol=h1"
	few := "fewer than 6 blocks: no interval"
	return Compared{
		Old: "monday", New: "tuesday", Warnings: []string{"the machines differ: 2 cores, 4 cores"},
		Deltas: []figures.Delta{
			{Arm: one, Metric: "tps", Old: new(600.4), New: new(551.2), Ratio: new(0.9181), Low: new(0.899), High: new(0.937), P: new(0.0004)},
			{Arm: one, Metric: "p90", Old: new(35.31), New: new(35.92), Ratio: new(1.017), Low: new(0.981), High: new(1.055), P: new(0.31)},
			{Arm: one, Metric: "error_rate", Old: new(0.0014), New: new(0.0), Ratio: new(0.0), Warnings: []string{"few errors"}},
			{Arm: two, Metric: "tps", Old: new(2991.0), New: new(3286.0), Ratio: new(1.0986), Warnings: []string{few}},
			{Arm: two, Metric: "p90", Old: new(7.29), New: nil, Warnings: []string{few, "nothing was answered"}},
			{Arm: two, Metric: "error_rate", Old: new(0.0), New: new(0.0)},
		},
	}
}

func compareText(t *testing.T, s Screen, format string, c Compared) []byte {
	t.Helper()
	return reportstest.OutputOf(t, func(w io.Writer) error { return WriteCompare(w, s, format, c) })
}

func TestGoldenCompare(t *testing.T) {
	t.Parallel()
	for format, file := range map[string]string{"table": "compare.txt", "markdown": "compare.md", "csv": "compare.csv", "json": "compare.json"} {
		golden.Check(t, "testdata/"+file, compareText(t, Screen{}, format, twoRecords()))
	}
}

func TestCompareFitsTheScreen(t *testing.T) {
	t.Parallel()
	plain := string(compareText(t, Screen{}, "table", twoRecords()))
	for line := range strings.Lines(string(compareText(t, Screen{Width: 60}, "table", twoRecords()))) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 60 {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	coloured := string(compareText(t, Screen{Colour: true}, "table", twoRecords()))
	if coloured == plain || sgr.ReplaceAllString(coloured, "") != plain {
		t.Error("with the colours taken away the table is not the plain one")
	}
}

func TestCompareWithoutWarningsHasNoNotes(t *testing.T) {
	t.Parallel()
	c := Compared{Deltas: twoRecords().Deltas[:2]}
	text := string(compareText(t, Screen{}, "table", c))
	if strings.Contains(text, "notes") || !strings.Contains(text, "\nTPS, prompts/s\n") || !strings.Contains(text, "\np90 of response latency, ms\n") {
		t.Errorf("the table is\n%s", text)
	}
}

func TestCompareForPrograms(t *testing.T) {
	t.Parallel()
	c := twoRecords()
	c.Deltas[0].Ratio = new(math.NaN())
	raw := compareText(t, Screen{Colour: true, Width: 40}, "json", c)
	for path, want := range map[string]any{
		"schema": "weighbridge.compare/v1", "old": "monday", "new": "tuesday", "warnings.0": c.Warnings[0],
		"deltas.0.ratio": nil, "deltas.0.low": 0.899, "deltas.4.new": nil, "deltas.4.warnings.1": "nothing was answered", "deltas.5.new": 0.0,
	} {
		if got := found(t, raw, path); got != want {
			t.Errorf("%s = %v, want %v", path, got, want)
		}
	}
	rows, err := csv.NewReader(bytes.NewReader(compareText(t, Screen{}, "csv", c))).ReadAll()
	if err != nil || len(rows) != 7 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got, want := strings.Join(rows[5], "|"), "batching=batch10,protocol=h1|p90|7.29||||||the machines differ: 2 cores, 4 cores; fewer than 6 blocks: no interval; nothing was answered|||"; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for format, says := range map[string]string{"junit": "table, markdown, csv, json, html", "html": "needs the records"} {
		if err := WriteCompare(io.Discard, Screen{}, format, c); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("the error of %s is %v", format, err)
		}
	}
	for _, format := range CompareFormats() {
		if format != "html" && len(compareText(t, Screen{}, format, Compared{})) == 0 {
			t.Errorf("%s of nothing is empty", format)
		}
	}
}

// The page of a comparison has the differences, errors first, and both runs beside each other in every table
// and plot; and it holds the comparison for programs.
func TestPageOfAComparison(t *testing.T) {
	t.Parallel()
	all := comparisons()
	if levels := all["compared-levels"]; !bytes.Equal(compareText(t, Screen{}, "html", levels), compareText(t, Screen{}, "html", levels)) {
		t.Error("the same comparison gives other bytes")
	}
	for name, says := range map[string][]string{
		"compared-matrix": {
			"Both runs are valid. No verdict is given", "Base: results/monday: 7 blocks", "Head: results/tuesday: 8 blocks",
			`<li class="failing">FAILING: 1 of 16 arms.`, "Errors: the head fails more prompts in 1 of 8 arms, batching=batch10,protocol=h2,auth=jwt (",
			">Differences, head against base, by arm<", `<th scope="col">batching · protocol · auth</th>`, `<th scope="row">single · h1 · oauth</th>`, `<th scope="row">single · h1 · oauth · base</th>`, ">single · h1 · oauth · head<",
			`id="plot-latency-distribution"`, `id="plot-over-time"`, `download="compare.json"`, `download="compare.csv"`, "Base: Machine: ", "one run against one",
		},
		"compared-invalid": {"INVALID. These figures do not count.", "results/tuesday is INVALID: ", `class="card bad"`},
		"compared-levels":  {"Heads: the other levels of protocol", "batching=single,protocol=h1,auth=jwt → h2", "of 4 pairs"},
	} {
		html := string(compareText(t, Screen{}, "html", all[name]))
		for _, s := range says {
			if !strings.Contains(html, s) {
				t.Errorf("%s: the page does not say %q", name, s)
			}
		}
		if first, second := strings.Index(html, ">Error rate, % of prompts<"), strings.Index(html, ">TPS, prompts/s<"); first < 0 || second < first {
			t.Errorf("%s: errors do not come first: %d, %d", name, first, second)
		}
	}
}
