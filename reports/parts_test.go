package reports

import (
	"bytes"
	"encoding/csv"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/record"
)

// splitRecord has an arm of two slices and two prompts in all, one of an older
// tool that knew no parts, and one that got no answer.
func splitRecord() *record.Record {
	first, second := emptySlice(1000), emptySlice(1000)
	first.Answered, second.Answered = 1, 1
	first.Parts.Fill.Add(30 * time.Millisecond)
	first.Parts.Waiting.Add(50 * time.Millisecond)
	first.Parts.Body.Add(10 * time.Millisecond)
	first.Parts.AddServer("total", 48*time.Millisecond)
	first.Parts.AddServer("model", 40*time.Millisecond)
	second.Parts.Fill.Add(10 * time.Millisecond)
	second.Parts.Waiting.Add(100 * time.Millisecond)
	second.Parts.AddServer("total", 96*time.Millisecond)
	second.Parts.AddServer("auth", 2*time.Millisecond)
	old := emptySlice(1000)
	old.Answered, old.Parts = 5, nil
	return &record.Record{Arms: []record.Arm{
		{Name: "split", Blocks: []record.Block{{Open: first}, {Open: second}}},
		{Name: "older", Blocks: []record.Block{{Open: old}}},
		{Name: "silent", Blocks: []record.Block{{Open: emptySlice(1000)}}},
	}}
}

func TestPartsGrid(t *testing.T) {
	rec := splitRecord()
	g := partsGrid(rec, Summarize(Judged{Record: rec}).Arms)
	var names []string
	for _, c := range g.Columns {
		names = append(names, c.Name)
	}
	wantNames := []string{"arm", "response ms", "batch filling ms", "waiting ms", "body ms", "remainder ms", "server total ms", "server entries ms"}
	if !slices.Equal(names, wantNames) {
		t.Errorf("the columns are %q", names)
	}
	nothing := []string{"–", "–", "–", "–", "–", "–", "–"}
	for i, want := range [][]string{
		{"split", "100", "20.0 (20.0%)", "75.0 (75.0%)", "5.00 (5.0%)", "0", "72.0 (90.0%)", "auth 2.00, model 40.0"},
		append([]string{"older"}, nothing...),
		append([]string{"silent"}, nothing...),
	} {
		if !slices.Equal(g.Rows[i], want) {
			t.Errorf("row %d is %q\nwant %q", i, g.Rows[i], want)
		}
	}
}

func TestOfWhole(t *testing.T) {
	for _, c := range []struct {
		part, whole float64
		want        string
	}{
		{0, 10, "0"},
		{12.34, 100, "12.3 (12.3%)"},
		{0.05, 1, "0.050 (5.0%)"},
		{0.1, 100, "0.100 (0.10%)"},
		{0.0301, 44, "0.030 (<0.1%)"},
		{0.0004, 44, "<0.001 (<0.1%)"},
		{0.0004, 0.001, "<0.001 (40.0%)"},
		{-0.01, 1, "-0.010 (-1.0%)"}, // more parts than whole would be our fault, and seen
	} {
		if got := ofWhole(c.part, c.whole); got != c.want {
			t.Errorf("%v of %v is %s, want %s", c.part, c.whole, got, c.want)
		}
	}
}

func TestTimeSentence(t *testing.T) {
	arm := func(ms ...float64) Arm {
		p := &Parts{}
		for i, part := range new(record.Parts).All() {
			p.Means = append(p.Means, PartMean{part.Name, ms[i]})
			p.Response += ms[i]
		}
		return Arm{Parts: p}
	}
	for name, c := range map[string]struct {
		arms []Arm
		want string
	}{
		"nothing known": {[]Arm{{}}, ""},
		"one arm": {
			[]Arm{arm(20, 0, 0, 0, 0, 0, 0, 0.9, 79, 0, 0.1)},
			"Where the time went, of each arm's mean response latency: waiting 79.0%, batch filling 20.0%, remainder 0.10%. By arm in report.md.",
		},
		"two arms, and one unknown": {
			[]Arm{arm(0, 0, 0, 0, 0, 0, 0, 0, 30, 30, 40), {}, arm(80, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0)},
			"Where the time went, of each arm's mean response latency: batch filling 0–80.0%, waiting 20.0–30.0%, body 0–30.0%, remainder 0–40.0%. By arm in report.md.",
		},
	} {
		if got := timeSentence(c.arms); got != c.want {
			t.Errorf("%s: %q\nwant %q", name, got, c.want)
		}
	}
}

// The keys and figures of the summary are a contract that parts do not touch.
func TestOldRecordsHaveNoParts(t *testing.T) {
	t.Parallel()
	rec, old := synthetic(smallShape()), synthetic(smallShape())
	for i := range old.Arms {
		for j := range old.Arms[i].Blocks {
			old.Arms[i].Blocks[j].Open.Parts = nil
		}
	}
	if !bytes.Equal(written(t, "json", rec), written(t, "json", old)) {
		t.Error("parts change the summary")
	}
	for format, said := range map[string]string{"table": "Where the time went", "markdown": "Where the time went", "html": "Where the time went"} {
		with, without := strings.Count(string(written(t, format, rec)), said), strings.Count(string(written(t, format, old)), said)
		if with == 0 || without != 0 {
			t.Errorf("%s says %q %d times with parts, %d times without", format, said, with, without)
		}
	}
	if plots := drawings(t, old); len(plots) != 5 {
		t.Errorf("%d plots without parts", len(plots))
	}
	if got := partColumns(t, old); !math.IsNaN(got[0]["waiting"]) {
		t.Errorf("csv knows %v", got[0])
	}
}

// partColumns are the csv's part_ms_ columns by name, for each arm; NaN is an empty cell.
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
	rec := synthetic(smallShape())
	for i, figures := range partColumns(t, rec) {
		if total := figures["server_total"]; math.IsNaN(total) || total <= 0 {
			t.Errorf("%s: the server's total is %v", rec.Arms[i].Name, total)
		}
		delete(figures, "server_total")
		sum := 0.0
		for _, ms := range figures {
			sum += ms
		}
		mean := Summarize(Judged{Record: rec}).Arms[i].Response.Mean
		if len(figures) != 11 || math.Abs(sum/mean-1) > 0.001 {
			t.Errorf("%s: %d parts add up to %v ms, the histogram's mean is %v", rec.Arms[i].Name, len(figures), sum, mean)
		}
	}
}

func TestPartsPlotNamesThePartsThatAre(t *testing.T) {
	svg := drawings(t, splitRecord())["time-parts"]
	for text, want := range map[string]int{
		"split": 1, "older": 1, "batch filling": 1, "waiting": 1, "body": 1, "remainder": 1, "auth": 0, "slot wait": 0,
		"100": 1, "–": 2, // the whole at the end of a bar, and two arms without
	} {
		if got := strings.Count(svg, ">"+text+"<"); got < want || want == 0 && got > 0 {
			t.Errorf("the plot says %q %d times, want %d", text, got, want)
		}
	}
}
