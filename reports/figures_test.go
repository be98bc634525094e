package reports

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/format"
	"weighbridge/reports/reportstest"
	"weighbridge/scenarios/metric"
)

// recordsFigure is a metric of an arm, computed from the record without the reports.
func recordsFigure(name string, arm *record.Arm) *float64 {
	failed, due := uint64(0), uint64(0)
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			f, d := s.Charged()
			failed, due = failed+f, due+d
		}
	}
	h := responsesOf(arm)
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

// columns matches what is between the columns of a terminal's table.
var columns = regexp.MustCompile(`  +`)

// cellsOf are the cells of the rows of a format's table of arms, without markup.
func cellsOf(t *testing.T, format, out string) (rows [][]string) {
	t.Helper()
	switch format {
	case "table":
		head, body, _ := strings.Cut(out, "\n─")
		rows = append(rows, columns.Split(strings.TrimSpace(head[strings.LastIndex(head, "\n")+1:]), -1))
		body, _, _ = strings.Cut(body[strings.Index(body, "\n")+1:], "\n\n")
		for line := range strings.Lines(body) {
			if cells := columns.Split(strings.TrimSpace(line), -1); len(cells) >= len(rows[0])-1 { // else it continues a row
				rows = append(rows, cells)
			}
		}
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
		for _, format := range []string{"json", "csv", "markdown", "html", "prometheus", "openmetrics", "hgrm"} {
			out[format] = string(reported(t, format, j))
		}
		out["table"] = string(reportstest.OutputOf(t, func(w io.Writer) error { return Write(w, Screen{Width: 200}, "table", j) }))
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
				expectSeriesOf(t, shape, out, arm, name, want)
				for _, form := range []string{"table", "markdown", "html"} {
					table := cellsOf(t, form, out[form])
					if len(table) <= len(j.Record.Arms) {
						t.Fatalf("%s: %s has the rows %q in\n%.3000s", shape, form, table, out[form])
					}
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
		expectDistributions(t, shape, out["hgrm"], j.Record)
		expectDrawings(t, shape, out["html"])
	}
}

// expectSeriesOf expects a metric of an arm in Prometheus's formats, in seconds where it is a latency.
func expectSeriesOf(t *testing.T, shape string, out map[string]string, arm *record.Arm, name string, want *float64) {
	t.Helper()
	series, label, scale := "weighbridge_"+name, "", 1.0
	switch name {
	case "mean":
		series, scale = "weighbridge_response_mean_seconds", 1000
	case "p50", "p90", "p99":
		series, label, scale = "weighbridge_response_percentile_seconds", `percentile="0.`+strings.TrimSuffix(name[1:], "0")+`"`, 1000
	}
	for _, form := range []string{"prometheus", "openmetrics"} {
		var got *float64
		for line := range strings.Lines(out[form]) {
			labels, rest, _ := strings.Cut(line, "} ")
			if strings.HasPrefix(labels, series+"{") && strings.Contains(labels, fmt.Sprintf("arm=%q", arm.Name)) && strings.Contains(labels, label) {
				value, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
				if v, err := strconv.ParseFloat(value, 64); err == nil {
					got = new(v * scale)
				}
			}
		}
		if (got == nil) != (want == nil) || got != nil && !near(*got, *want) {
			t.Errorf("%s: %s: %s has %s for %s, want %s", shape, arm.Name, form, recordtest.Text(got), name, recordtest.Text(want))
		}
	}
}

// expectDistributions expects each arm's mean, longest latency and number of answers at the end of its distribution.
func expectDistributions(t *testing.T, shape, hgrm string, rec *record.Record) {
	t.Helper()
	sections := strings.Split(hgrm, "#[Scenario = ")[1:]
	if len(sections) != len(rec.Arms) {
		t.Fatalf("%s: %d distributions of %d arms", shape, len(sections), len(rec.Arms))
	}
	for i, section := range sections {
		var mean, deviation, longest float64
		var answered uint64
		for line := range strings.Lines(section) {
			fmt.Sscanf(line, "#[Mean = %f, StdDeviation = %f]", &mean, &deviation)
			fmt.Sscanf(line, "#[Max = %f, Total count = %d]", &longest, &answered)
		}
		h := responsesOf(&rec.Arms[i])
		if h.Count() == 0 {
			continue
		}
		if answered != h.Count() || math.Abs(mean-*recordsFigure("mean", &rec.Arms[i])) > 0.001*mean+0.001 || math.Abs(longest-record.Milliseconds(h.Max())) > 0.001*longest+0.001 {
			t.Errorf("%s: %s: hgrm has %d answers of %v ms on average, at most %v", shape, rec.Arms[i].Name, answered, mean, longest)
		}
	}
}

// responsesOf are the response latencies of an arm.
func responsesOf(arm *record.Arm) *record.Hist {
	var all []*record.Hist
	for i := range arm.Blocks {
		if s := arm.Main(&arm.Blocks[i]); s != nil {
			all = append(all, s.Response)
		}
	}
	return record.Merged(all...)
}

// expectDrawings expects every drawing of a page to be well-formed XML.
func expectDrawings(t *testing.T, shape, page string) {
	t.Helper()
	drawings := regexp.MustCompile(`(?s)<svg.*?</svg>`).FindAllString(page, -1)
	for _, drawing := range drawings {
		expectXML(t, shape+": a drawing", drawing)
	}
	if len(drawings) < 3 {
		t.Errorf("%s: %d drawings", shape, len(drawings))
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
