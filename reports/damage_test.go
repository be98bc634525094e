package reports

import (
	"encoding/json"
	"io"
	"strings"
	"testing"

	"weighbridge/bench/bounds"
	"weighbridge/bench/figures"
	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/page"
)

// FuzzJudged holds that whatever can be read as a record is compared, judged and printed, and so
// is any claim about it.
func FuzzJudged(f *testing.F) {
	raw, err := json.Marshal(recordtest.Full(2, 2))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint16(0), "", uint16(0), "", "tps / p99_ms")
	for i, with := range []string{"0", "-1", "1e18", "5e-324", "9223372036854775807", `""`, `"\u0000"`} {
		f.Add(uint16(97*i), with, uint16(211*i), with, `1 - ratio(p50_ms, "batching=batch10", "batching=single")`)
	}
	f.Fuzz(func(t *testing.T, at uint16, with string, also uint16, alsoWith, claim string) {
		defer bounds.Check(t)()
		rec, err := record.Read("-", strings.NewReader(recordtest.Replaced(recordtest.Replaced(string(raw), at, with), also, alsoWith)))
		if err != nil {
			return
		}
		rec.Claims = append(rec.Claims, record.Claim{ID: "C", Says: claim, Measure: claim, Claimed: 1})
		usual := recordtest.Full(2, 2)
		expectJudged(t, rec, nil)
		expectJudged(t, usual, rec)
		expectJudged(t, rec, usual)
	})
}

// expectJudged expects that a record is judged, alone or against a baseline, and printed.
func expectJudged(t *testing.T, rec, baseline *record.Record) {
	t.Helper()
	var baselines []figures.Run
	var c Compared
	if baseline != nil {
		baselines = []figures.Run{{Name: "base", Record: baseline}}
		c.Deltas, c.Warnings = figures.BetweenRecords(baselines[0], figures.Run{Name: "head", Record: rec})
		c.Base, c.Head = baseline, rec
		page.OfCompared(c.Finite().Printable(), c.Joined())
	}
	rules, _ := gate.RulesFor(rec, len(baselines))
	judgement, err := gate.Check(rec, rules, baselines)
	if err != nil {
		judgement = gate.RunVerdict{}
	}
	claims, err := gate.Claims(rec)
	if err != nil {
		claims = nil
	}
	j := &Judged{Record: rec, RunVerdict: judgement, Claims: claims}
	for _, format := range Formats() {
		if format == "html" || format == "markdown" {
			continue // they draw, which takes long
		}
		if err := Write(io.Discard, Screen{}, format, j); err != nil {
			t.Errorf("as %s: %v", format, err)
		}
	}
	for _, format := range []string{"table", "markdown", "csv", "json"} {
		if err := WriteCompare(io.Discard, Screen{}, format, c); err != nil {
			t.Errorf("compared as %s: %v", format, err)
		}
	}
	for _, format := range VerdictFormats() {
		if err := WriteVerdict(io.Discard, Screen{}, format, j, true); err != nil {
			t.Errorf("judged as %s: %v", format, err)
		}
	}
}
