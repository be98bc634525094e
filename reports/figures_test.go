package reports

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/scenarios/metric"
)

// recordsFigure is a metric of an arm, computed from the record without the reports.
func recordsFigure(name string, arm *record.Arm) *float64 {
	var all []*record.Hist
	failed, due := uint64(0), uint64(0)
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			f, d := s.Charged()
			all, failed, due = append(all, s.Response), failed+f, due+d
		}
	}
	h := record.Merged(all...)
	switch {
	case name == "tps":
		tps, _ := figures.TPS(arm)
		return tps
	case name == "error_rate":
		if due == 0 {
			return nil
		}
		return new(float64(failed) / float64(due))
	case h.Count() == 0:
		return nil
	case name == "mean":
		return new(record.Milliseconds(h.Mean()))
	}
	m, _ := metric.Named(name)
	return new(record.Milliseconds(h.Quantile(m.Quantile)))
}

// cellsOf are the cells of the rows of a format's table of arms, without markup.
func cellsOf(t *testing.T, format, out string) (rows [][]string) {
	t.Helper()
	switch format {
	case "html":
		_, chapter, _ := strings.Cut(out, `<section id="arms">`)
		chapter, _, _ = strings.Cut(chapter, "</table>")
		for _, row := range regexp.MustCompile(`(?s)<tr.*?</tr>`).FindAllString(chapter, -1) {
			var cells []string
			for _, cell := range regexp.MustCompile(`(?s)<t[hd].*?>(.*?)</t[hd]>`).FindAllStringSubmatch(row, -1) {
				cells = append(cells, html.UnescapeString(cell[1]))
			}
			rows = append(rows, cells)
		}
	case "markdown":
		for line := range strings.Lines(out) {
			switch {
			case strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "|:") && !strings.HasPrefix(line, "|-"):
				var cells []string
				for _, cell := range strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|") {
					cells = append(cells, strings.TrimSpace(strings.ReplaceAll(cell, `\`, "")))
				}
				rows = append(rows, cells)
			case len(rows) > 0 && !strings.HasPrefix(line, "|"):
				return rows
			}
		}
	}
	return rows
}

// Every figure of an arm, in every format, is the one that the record holds.
func TestEveryFormatHasTheRecordsFigures(t *testing.T) {
	t.Parallel()
	names := []string{"tps", "mean", "p50", "p90", "p99", "error_rate"}
	for shape, j := range shapes() {
		if shape == "sweep-50" || shape == "sweep-12" || shape == "capacity" {
			continue // larger and no different, or without arms' figures
		}
		out := map[string]string{}
		for _, format := range []string{"json", "csv", "markdown", "html"} {
			out[format] = string(reported(t, format, j))
		}
		var summary struct {
			Arms []map[string]any `json:"arms"`
		}
		if err := json.Unmarshal([]byte(out["json"]), &summary); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(strings.NewReader(out["csv"])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i := range j.Record.Arms {
			arm := &j.Record.Arms[i]
			for _, name := range names {
				want := recordsFigure(name, arm)
				expectNumbers(t, shape+": "+arm.Name+": "+name, name, want, summary.Arms[i], rows[0], rows[i+1])
				m, _ := metric.Named(name)
				for _, form := range []string{"markdown", "html"} {
					table := cellsOf(t, form, out[form])
					column := -1
					for k, heading := range table[0] {
						if heading == m.Heading {
							column = k
						}
					}
					if column < 0 || table[i+1][column] != format.Figure(m, want) {
						t.Errorf("%s: %s: %s has in column %d of %v for %s not %s", shape, arm.Name, form, column, table[i+1], name, format.Figure(m, want))
					}
				}
			}
		}
		expectPageData(t, shape, out["html"], out["json"], j.Record)
	}
}

// expectNumbers expects a metric in the JSON and the CSV.
func expectNumbers(t *testing.T, what, name string, want *float64, arm map[string]any, heads, row []string) {
	t.Helper()
	key, value := name, arm[name]
	if response, ok := arm["response_ms"].(map[string]any); ok && (name == "mean" || name[0] == 'p') {
		key, value = "response_ms_"+name, response[name]
	} else if name == "mean" || name[0] == 'p' {
		key, value = "response_ms_"+name, nil
	}
	cell := ""
	for k, head := range heads {
		if head == key {
			cell = row[k]
		}
	}
	if want == nil {
		if value != nil || cell != "" {
			t.Errorf("%s is unknown; json has %v, csv %q", what, value, cell)
		}
		return
	}
	got, _ := value.(float64)
	inCSV, err := strconv.ParseFloat(cell, 64)
	if !near(got, *want) || err != nil || !near(inCSV, *want) {
		t.Errorf("%s is %v; json has %v, csv %q", what, *want, value, cell)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-4*math.Max(math.Abs(a), math.Abs(b)) }

// expectPageData expects the percentiles that the page's script draws, over the whole run and over time,
// to be the record's, and the summary in the page to be the one that json prints.
func expectPageData(t *testing.T, shape, page, summary string, rec *record.Record) {
	t.Helper()
	_, data, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	data, _, _ = strings.Cut(data, "</script>")
	var drawn struct {
		Plots map[string]struct {
			Panels []struct {
				Y     string
				Lines []struct {
					A    int
					X, Y []*float64
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(data), &drawn); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, line := range drawn.Plots["latency-percentile"].Panels[0].Lines {
		for k, nines := range line.X {
			if math.Abs(*nines-1) < 1e-9 && !near(*line.Y[k], *recordsFigure("p90", &rec.Arms[line.A])) {
				t.Errorf("%s: the line of arm %d is at %v for p90", shape, line.A, *line.Y[k])
			}
		}
	}
	for _, panel := range drawn.Plots["over-time"].Panels {
		m, known := metric.Named(strings.TrimSuffix(panel.Y, ", ms (log)"))
		for _, line := range panel.Lines {
			at := map[string]float64{}
			for _, p := range rec.Arms[line.A].OverTime.Points {
				if d, ok := p.Percentile(m.Quantile); ok {
					at[fmt.Sprint(p.AtMS/1000)] = record.Milliseconds(d)
				}
			}
			for k, x := range line.X {
				if want, ok := at[fmt.Sprint(*x)]; known && ok && line.Y[k] != nil {
					lines++
					if !near(*line.Y[k], want) {
						t.Errorf("%s: %s of arm %d at %v s is %v, want %v", shape, panel.Y, line.A, *x, *line.Y[k], want)
					}
				}
			}
		}
	}
	if lines == 0 {
		t.Errorf("%s: nothing is drawn over time", shape)
	}
	_, in, _ := strings.Cut(page, `href="data:application/json;base64,`)
	in, _, _ = strings.Cut(in, `"`)
	if raw, err := base64.StdEncoding.DecodeString(html.UnescapeString(in)); err != nil || string(raw) != summary {
		t.Errorf("%s: the summary in the page is not the one that json prints: %v", shape, err)
	}
}
