package reports

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// dissected is a summary in JSON: without the parts of its arms, and how many arms had some.
type dissected struct {
	rest  string
	parts int
}

func summaryAndParts(t *testing.T, rec *record.Record) (d dissected) {
	t.Helper()
	var summary map[string]any
	if err := json.Unmarshal(written(t, "json", rec), &summary); err != nil {
		t.Fatal(err)
	}
	for _, arm := range summary["arms"].([]any) {
		if keys := arm.(map[string]any); keys["parts"] != nil {
			d.parts++
			delete(keys, "parts")
		}
	}
	rest, err := json.Marshal(summary)
	if err != nil {
		t.Fatal(err)
	}
	d.rest = string(rest)
	return d
}

// Parts change nothing else of the summary, whose keys are a contract.
func TestOldRecordsHaveNoParts(t *testing.T) {
	t.Parallel()
	rec, old := recordtest.Record(recordtest.Small()), recordtest.Record(recordtest.Small())
	for i := range old.Arms {
		for j := range old.Arms[i].Blocks {
			old.Arms[i].Blocks[j].Open.Parts = nil
		}
	}
	with, without := summaryAndParts(t, rec), summaryAndParts(t, old)
	if with.parts == 0 || without.parts > 0 || with.rest != without.rest {
		t.Errorf("%d arms have parts, and %d of a record without them; the rest is the same: %v", with.parts, without.parts, with.rest == without.rest)
	}
	for format, said := range map[string]string{"table": "Where the time went", "markdown": "Where the time went", "html": "Where the time went"} {
		with, without := strings.Count(string(written(t, format, rec)), said), strings.Count(string(written(t, format, old)), said)
		if with == 0 || without != 0 {
			t.Errorf("%s says %q %d times with parts, %d times without", format, said, with, without)
		}
	}
	if plots, err := Plots(&Judged{Record: old}); err != nil || len(plots) != 2*8 {
		t.Errorf("%d files of plots without parts: %v", len(plots), err)
	}
	if got := partColumns(t, old); !math.IsNaN(got[0]["waiting"]) {
		t.Errorf("csv knows %v", got[0])
	}
}

// partColumns returns the part_ms_ columns of the CSV by name, for each arm. NaN is an empty cell.
func partColumns(t *testing.T, rec *record.Record) []map[string]float64 {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(written(t, "csv", rec))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]float64
	for _, row := range rows[1:] {
		figures := map[string]float64{}
		for i, column := range rows[0] {
			name, ok := strings.CutPrefix(column, "part_ms_")
			if !ok {
				continue
			}
			if figures[name], err = strconv.ParseFloat(row[i], 64); err != nil {
				figures[name] = math.NaN()
			}
		}
		out = append(out, figures)
	}
	return out
}

func TestPartsOfTheCSVAddUpToTheMean(t *testing.T) {
	t.Parallel()
	rec := recordtest.Record(recordtest.Small())
	for i, figures := range partColumns(t, rec) {
		if total := figures["server_total"]; math.IsNaN(total) || total <= 0 {
			t.Errorf("%s: the server's total is %v", rec.Arms[i].Name, total)
		}
		delete(figures, "server_total")
		sum := 0.0
		for _, ms := range figures {
			sum += ms
		}
		mean := (&Judged{Record: rec}).Summary().Arms[i].Response.Mean
		if len(figures) != 13 || math.Abs(sum/mean-1) > 0.001 {
			t.Errorf("%s: %d parts add up to %v ms, the histogram's mean is %v", rec.Arms[i].Name, len(figures), sum, mean)
		}
	}
}
