package page

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

// texts are the cells of a table.
func texts(t table.Table) [][]string {
	var out [][]string
	for _, row := range t.Rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, cell.String())
		}
		out = append(out, cells)
	}
	return out
}

func failing(rec *record.Record, failures ...reasons.Failure) Source {
	rec.Arms[0].Failures = failures
	return SourceOf(&summary.Judged{Record: rec})
}

func TestFailuresSayWhy(t *testing.T) {
	t.Parallel()
	rec := func() *record.Record { return recordtest.Record(recordtest.Small()) }
	model := reasons.Failure{Phase: "open", Class: "client", Status: 404, Words: "The model 'x' does not exist", Count: 1082, FirstMS: 12.5, Example: "The model 'x' does not exist"}
	redirect := reasons.Failure{Phase: "open", Class: "contract", Status: 302, Words: "redirected (302) to /login", Count: 7}
	warmup := model
	warmup.Phase, warmup.Count = "warmup", 2
	from := failing(rec(), model, redirect, warmup)
	want := [][]string{{"single", "client 1,082: 404 The model 'x' does not exist"}, {"single", "contract 7: redirected (302) to /login"}}
	if d := cmp.Diff(want, texts(failures(from).Table)); d != "" {
		t.Error(d)
	}
	if rows := texts(allFailures(from).Table); len(rows) != 3 || rows[2][1] != "warmup" || rows[2][3] != "404" || rows[2][6] != "The model 'x' does not exist" || len(rows[2]) != 7 { // no text has an example of its own
		t.Errorf("%q", rows)
	}
	closed := redirect
	closed.Phase = "closed"
	if d := cmp.Diff([][]string{{"single", "open", want[0][1]}, {"single", "closed", want[1][1]}}, texts(failures(failing(rec(), model, closed)).Table)); d != "" {
		t.Error(d)
	}
	if rows := failures(failing(rec())).Rows; len(rows) != 0 {
		t.Errorf("without failures there are %d rows", len(rows))
	}
}

func TestShortTableOfFailuresAddsUp(t *testing.T) {
	t.Parallel()
	for kinds, want := range map[int]int{1: 1, 3: 3, 4: 4, 5: 4, 30: 4} {
		var all []reasons.Failure
		for i := range kinds {
			all = append(all, reasons.Failure{Phase: "open", Class: "server", Status: 500 + i, Words: "down", Count: 10})
		}
		from := failing(recordtest.Record(recordtest.Small()), all...)
		rows := shortened(failureRows(from, false))
		total := uint64(0)
		for _, row := range rows {
			total += row.failure.Requests
		}
		if len(rows) != want || total != uint64(10*kinds) {
			t.Errorf("%d kinds are %d rows with %d requests", kinds, len(rows), total)
		}
		if last := FailureLine(rows[len(rows)-1].failure); kinds > 4 && last != fmt.Sprintf("others %d", 10*(kinds-3)) {
			t.Errorf("the last line is %q", last)
		}
	}
}

// Of many arms that fail alike there is a line for each kind of failure.
func TestManyArmsFailInALineEachKind(t *testing.T) {
	t.Parallel()
	rec := recordtest.Base(record.Scenario{}, recordtest.SixteenArms(false).Axes, 1)
	for i := range rec.Arms {
		rec.Arms[i].Failures = []reasons.Failure{{Phase: "open", Class: "server", Status: 503, Words: "down", Count: uint64(10 + i%11)}}
	}
	rec.Arms[2].Failures = append(rec.Arms[2].Failures, reasons.Failure{Phase: "closed", Class: "timeout", Words: "deadline", Count: 3})
	want := [][]string{
		{"16 of 16", "open", "batching=batch10,protocol=h1,auth=jwt,cache=off (20)", "server 225: 503 down"},
		{"1 of 16", "closed", "batching=single,protocol=h1,auth=jwt,cache=off (3)", "timeout 3: deadline"},
	}
	if d := cmp.Diff(want, texts(failures(SourceOf(&summary.Judged{Record: rec})).Table)); d != "" {
		t.Error(d)
	}
}
