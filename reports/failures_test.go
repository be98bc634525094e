package reports

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/reports/reportstest"
	"weighbridge/reports/summary"
)

// Every count of failures, by what the server said and when, is the record's in every format.
func TestEveryFormatHasTheRecordsFailures(t *testing.T) {
	t.Parallel()
	for _, shape := range []string{"errors", "invalid"} {
		j := shapes()[shape]
		expectFailuresInJSON(t, j)
		expectFailuresInCSV(t, j)
		expectFailuresDrawn(t, shape, j)
	}
}

func expectFailuresInJSON(t *testing.T, j *Judged) {
	t.Helper()
	var read summary.Summary
	if err := json.Unmarshal(reported(t, "json", j), &read); err != nil {
		t.Fatal(err)
	}
	for i := range j.Record.Arms {
		want := reasons.Top(j.Record.Arms[i].Failures, reasons.Most)
		if len(want) != len(read.Arms[i].Failures) {
			t.Fatalf("arm %d: %d failures of %d", i, len(read.Arms[i].Failures), len(want))
		}
		for k, f := range read.Arms[i].Failures {
			if f.Requests != want[k].Count || f.FirstMS != want[k].FirstMS || !reflect.DeepEqual(f.OverTime, want[k].OverTime) || f.OverTime.Total() != f.Requests {
				t.Errorf("arm %d: %+v, want %+v", i, f, want[k])
			}
		}
	}
}

// counted is how many requests failed, by arm, phase, class, status and words, and by when.
func counted(rec *record.Record) (all, over map[string]uint64) {
	all, over = map[string]uint64{}, map[string]uint64{}
	for _, arm := range rec.Arms {
		for _, f := range reasons.Top(arm.Failures, reasons.Most) {
			status := ""
			if f.Status > 0 {
				status = strconv.Itoa(f.Status)
			}
			key := strings.Join([]string{arm.Name, f.Phase, f.Class, status, f.Words}, "|")
			last := len(f.OverTime.AtSteps) - 1
			all[fmt.Sprintf("%s|%v|%v", key, f.FirstMS, 1000*f.OverTime.AtSteps[last]+1000)] += f.Count
			for i, n := range f.OverTime.Counts {
				over[fmt.Sprintf("%s|%v", key, 1000*f.OverTime.AtSteps[i])] += n
			}
		}
	}
	return all, over
}

func expectFailuresInCSV(t *testing.T, j *Judged) {
	t.Helper()
	all, over := counted(j.Record)
	for name, c := range map[string]struct {
		want    map[string]uint64
		columns []string
	}{
		"failures":         {all, []string{"arm", "phase", "class", "status", "words", "first_ms", "until_ms"}},
		"failuresovertime": {over, []string{"arm", "phase", "class", "status", "words", "at_ms"}},
	} {
		got := map[string]uint64{}
		for _, row := range csvRows(t, name, j) {
			var key []string
			for _, column := range c.columns {
				key = append(key, row[column])
			}
			n, err := strconv.ParseUint(row["requests"], 10, 64)
			if err != nil || name == "failuresovertime" && row["step_ms"] != "1000" {
				t.Errorf("%v: %v", row, err)
			}
			got[strings.Join(key, "|")] += n
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("csv:%s has\n%v\nwant\n%v", name, got, c.want)
		}
	}
}

// expectFailuresDrawn expects the failures of the open load on the lines of the page, which are of whole
// seconds in these shapes, and when requests failed in the tables of every format.
func expectFailuresDrawn(t *testing.T, shape string, j *Judged) {
	t.Helper()
	page := string(reported(t, "html", j))
	_, data, _ := strings.Cut(page, `<script type="application/json" id="data">`)
	data, _, _ = strings.Cut(data, "</script>")
	var drawn struct {
		Plots map[string]struct {
			Panels []struct {
				Lines []struct {
					N    string
					X, Y []*float64
				}
			}
		}
	}
	if err := json.Unmarshal([]byte(data), &drawn); err != nil {
		t.Fatal(err)
	}
	got, want := map[float64]float64{}, map[float64]float64{}
	for _, line := range drawn.Plots["errors-over-time"].Panels[0].Lines {
		for i, v := range line.Y {
			if v != nil && *v > 0 {
				got[*line.X[i]] += *v
			}
		}
	}
	for _, arm := range j.Record.Arms {
		for _, f := range arm.Failures {
			for i, n := range f.OverTime.Counts {
				if f.Phase == "open" {
					want[f.OverTime.AtMS(i)/1000] += float64(n)
				}
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: drawn are %v failures by second, want %v", shape, got, want)
	}
	when := map[string]string{"errors": "5–7 s", "invalid": "1–12 s, on and off"}[shape]
	for name, out := range map[string]string{
		"html": html.UnescapeString(page), "markdown": string(reported(t, "markdown", j)),
		"table": string(reportstest.OutputOf(t, func(w io.Writer) error { return Write(w, Screen{Width: 200}, "table", j) })),
	} {
		if !strings.Contains(out, when) {
			t.Errorf("%s: %s does not say %q", shape, name, when)
		}
	}
}
