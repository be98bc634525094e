package reports

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"weighbridge/bench/record/recordtest"
	"weighbridge/reports/summary"
)

// What the harness ended itself is shown in every format, apart from the target's errors, and
// takes no room where there is none.
func TestOwnPromptsAreInEveryFormat(t *testing.T) {
	t.Parallel()
	for _, own := range []bool{false, true} {
		rec := recordtest.Record(recordtest.Small())
		rate := *(&summary.Judged{Record: rec}).Summary().Arms[1].ErrorRate
		if own {
			s := rec.Arms[1].Blocks[0].Open
			s.Due, s.Failed, s.Requests, s.CutOff, s.Generator = s.Due+9, s.Failed+9, s.Requests+9, 7, 2
			s.Errors["cut_off"], s.Errors["generator"] = 7, 2
		}
		for format, said := range map[string][]string{
			"table": {"cut_off 7", "generator 2"}, "markdown": {"cut_off 7", "generator 2"}, "html": {"cut_off 7", "generator 2"},
		} {
			text := string(written(t, format, rec))
			for _, want := range append(said, "7 of 209 prompts were cut off") {
				if strings.Contains(strings.Join(strings.Fields(text), " "), want) != own {
					t.Errorf("own prompts %v: %s and %q:\n%s", own, format, want, text)
				}
			}
		}
		var read summary.Summary
		if err := json.Unmarshal(written(t, "json", rec), &read); err != nil {
			t.Fatal(err)
		}
		arm := read.Arms[1]
		if arm.CutOff+arm.Generator != arm.Errors["cut_off"]+arm.Errors["generator"] || (arm.CutOff == 7 && arm.Generator == 2) != own || *arm.ErrorRate != rate {
			t.Errorf("json: %d cut off, %d the generator's, error rate %v, want %v", arm.CutOff, arm.Generator, *arm.ErrorRate, rate)
		}
		rows, err := csv.NewReader(strings.NewReader(string(written(t, "csv", rec)))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, name := range rows[0] {
			want, ok := map[string]string{"cut_off": "7", "generator": "2", "errors_cut_off": "7", "errors_generator": "2"}[name]
			if ok && rows[2][i] != want && rows[2][i] != "0" || ok && (rows[2][i] == want) != own {
				t.Errorf("csv: %s is %s", name, rows[2][i])
			}
		}
	}
}
