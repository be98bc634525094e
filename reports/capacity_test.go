package reports

import (
	"bytes"
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/bench/record/recordtest"
)

func TestGoldenCapacity(t *testing.T) {
	rec := recordtest.WithCapacities()
	golden.Check(t, "testdata/capacity.txt", written(t, "table", rec))
	golden.Check(t, "testdata/capacity.md", written(t, "markdown", rec))
	golden.Check(t, "testdata/capacity.csv", written(t, "csv", rec))
	beside := recordtest.Record(recordtest.Small())
	for i := range beside.Arms {
		beside.Arms[i].Capacity = recordtest.SearchedFor(float64(100 + 50*i))
	}
	golden.Check(t, "testdata/capacity-beside-open.txt", written(t, "table", beside))
}

func TestCapacityIsInEveryFormat(t *testing.T) {
	rec := recordtest.WithCapacities()
	if probes, _ := found(t, written(t, "json", rec), "arms.0.capacity.probes").([]any); len(probes) != 9 {
		t.Errorf("the summary has %d probes", len(probes))
	}
	rows, err := csv.NewReader(bytes.NewReader(written(t, "csv", rec))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if probes := slices.Index(rows[0], "capacity_probes"); probes < 0 || rows[1][probes] != "9" {
		t.Errorf("capacity_probes is column %d of %v", probes, rows[1])
	}
	html := string(written(t, "html", rec))
	if !strings.Contains(html, "Capacity: the highest rate") || strings.Count(html, "<svg") != 1 {
		t.Error("the page lacks the table, or its one plot")
	}
	files, err := Folder(&Judged{Record: recordtest.Reread(t, rec)})
	if err != nil || len(files) != 4 {
		t.Errorf("the folder holds %d files, %v; want the report and the plot in two forms each", len(files), err)
	}
}
