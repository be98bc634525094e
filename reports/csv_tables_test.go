package reports

import (
	"bytes"
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"weighbridge/bench/figures"
	"weighbridge/bench/golden"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/reportstest"
)

// csvRows are the rows of a table of records, each by the names of its columns.
func csvRows(t *testing.T, name string, judged ...*Judged) (rows []map[string]string) {
	t.Helper()
	raw := reportstest.OutputOf(t, func(w io.Writer) error { return WriteTogether(w, csvPrefix+name, judged...) })
	all, err := csv.NewReader(bytes.NewReader(raw)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, cells := range all[1:] {
		row := map[string]string{}
		for i, cell := range cells {
			row[all[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

// The tables of a judgement, with the same columns whatever the record.
func TestGoldenCSVTables(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	j.Record.Arms[0].Failures = []reasons.Failure{{Phase: "open", Class: "server", Status: 503, Words: "=busy, \"try\" again", Count: 3, FirstMS: 12.5, OverTime: &reasons.Times{StepMS: 1000, AtSteps: []uint64{0, 7}, Counts: []uint64{2, 1}}}}
	var out bytes.Buffer
	for _, name := range []string{"comparisons", "rules", "findings", "claims", "along", "failures", "failuresovertime", "warnings"} {
		out.WriteString(name + "\n")
		out.Write(reported(t, csvPrefix+name, j))
	}
	golden.Check(t, "testdata/tables.csv", out.Bytes())
}

// Every figure of the table of blocks is the one that the block of the record holds, and every block has all of them.
func TestTableOfBlocksHasTheRecordsFigures(t *testing.T) {
	t.Parallel()
	for shape, rec := range map[string]*record.Record{"matrix": recordtest.Record(recordtest.Small()), "streams": recordtest.WithStreams(), "interrupted": recordtest.Interrupted(recordtest.Record(recordtest.Matrix()))} {
		rows := csvRows(t, "blocks", &Judged{Record: rec})
		for i := range rec.Arms {
			arm := &rec.Arms[i]
			for b, block := range arm.Blocks {
				got := map[string]float64{}
				for _, row := range rows {
					if row["arm"] == arm.Name && row["block"] == strconv.Itoa(block.Index) {
						v, err := strconv.ParseFloat(row["value"], 64)
						if _, twice := got[row["metric"]]; err != nil || twice || row["complete"] != strconv.FormatBool(block.Complete) {
							t.Errorf("%s: %v: %v", shape, row, err)
						}
						for _, axis := range rec.Axes {
							if row["levels_"+axis.Name] != arm.Levels[axis.Name] {
								t.Errorf("%s: %v is of the levels %v", shape, row, arm.Levels)
							}
						}
						got[row["metric"]] = v
					}
				}
				expectBlock(t, shape+": "+arm.Name+", block "+strconv.Itoa(b), arm, b, got)
			}
		}
	}
}

func expectBlock(t *testing.T, what string, arm *record.Arm, b int, got map[string]float64) {
	t.Helper()
	block := arm.Blocks[b]
	s := arm.Main(&block)
	if s == nil {
		return
	}
	want := map[string]*float64{"due": new(float64(s.Due)), "answered": new(float64(s.Answered)), "failed": new(float64(s.Failed)), "requests": new(float64(s.Requests)), "attempts": new(float64(s.Attempts))}
	one := *arm
	one.Blocks = []record.Block{block}
	want["tps"], _ = figures.TPS(&one)
	for name, h := range map[string]*record.Hist{"response_ms": s.Response, "service_ms": s.Service, "ttft_ms": s.TTFT, "tpot_ms": s.TPOT, "send_lag_ms": s.SendLag} {
		for figure, v := range map[string]float64{"p50": record.Milliseconds(h.Quantile(0.5)), "p99": record.Milliseconds(h.Quantile(0.99)), "mean": record.Milliseconds(h.Mean()), "max": record.Milliseconds(h.Max())} {
			want[name+"_"+figure] = nil
			if h.Count() > 0 {
				want[name+"_"+figure] = &v
			}
		}
	}
	for name, want := range want {
		v, ok := got[name]
		if ok != (want != nil) || ok && !near(v, *want) {
			t.Errorf("%s: %s is %v (%v), want %s", what, name, v, ok, recordtest.Text(want))
		}
	}
	for _, ofRun := range []string{"connections", "token_requests", "cost_usd", "wire_bytes_per_request_sent", "bytes_per_request"} {
		if _, ok := got[ofRun]; ok {
			t.Errorf("%s has %s, which is counted for the whole run alone", what, ofRun)
		}
	}
}

func TestTableOverTimeHasTheRecordsFigures(t *testing.T) {
	t.Parallel()
	rec := failing(recordtest.Record(recordtest.Small()))
	for i := range rec.Arms {
		sums := map[string]float64{}
		for _, row := range csvRows(t, "overtime", &Judged{Record: rec}) {
			if v, err := strconv.ParseFloat(row["value"], 64); err == nil && row["arm"] == rec.Arms[i].Name {
				sums[row["metric"]] += v
			}
		}
		due, failed, p99 := 0.0, 0.0, 0.0
		for _, p := range rec.Arms[i].OverTime.Points {
			due, failed = due+float64(p.Due), failed+float64(p.Failed)
			if d, ok := p.Percentile(0.99); ok {
				p99 += record.Milliseconds(d)
			}
		}
		if sums["due"] != due || sums["failed"] != failed || !near(sums["response_ms_p99"], p99) || sums["failed_rate_limit_429"]+sums["failed_server_503"] > failed || i > 0 && sums["failed_server_503"] == 0 {
			t.Errorf("%s: sums %v, want %v due and %v failed, and of p99 %v", rec.Arms[i].Name, sums, due, failed, p99)
		}
	}
}

// Records of different axes are one table: a row of each lacks the levels of the other's.
func TestTablesOfSeveralRecordsAreOne(t *testing.T) {
	t.Parallel()
	first, second := &Judged{Record: recordtest.Record(recordtest.Small())}, &Judged{Record: recordtest.WithStreams()}
	second.Record.Invalid = []string{"the generator was late"}
	for _, name := range []string{"blocks", "comparisons", "probes", "warnings"} {
		rows := csvRows(t, name, first, second)
		if alone := len(csvRows(t, name, first)) + len(csvRows(t, name, second)); len(rows) != alone {
			t.Errorf("%s has %d rows, and of each record alone %d", name, len(rows), alone)
		}
		for _, row := range rows {
			if invalid := row["started"] == second.Record.Started.UTC().Format("2006-01-02T15:04:05Z") && row["scenario"] == second.Record.Scenario.Name; first.Record.Scenario.Name != second.Record.Scenario.Name && (row["valid"] == "false") != invalid {
				t.Errorf("%s: %v", name, row)
			}
		}
	}
	if err := WriteTogether(io.Discard, csvPrefix+"arms", first); err == nil || !strings.Contains(err.Error(), "csv:blocks") || slices.Contains(Formats(), "csv:arms") {
		t.Errorf("an unknown table: %v", err)
	}
}
