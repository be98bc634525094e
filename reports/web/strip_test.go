package web

import (
	"strings"
	"testing"

	"weighbridge/bench/record/reasons"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

func TestStripHasABarWhereRequestsFailed(t *testing.T) {
	t.Parallel()
	w := table.When{When: summary.When{
		Times: &reasons.Times{StepMS: 1000, AtSteps: []uint64{2, 3, 9}, Counts: []uint64{8, 4, 1}},
		Ran:   []summary.Span{{From: 0, To: 5000}, {From: 8000, To: 10_000}}, EndMS: 10_000,
	}}
	got := string(strip(w))
	for _, want := range []string{
		`aria-label="2–4 s, 9–10 s: 13 failed, at most 8 in 1 s. The run took 10 s."`,
		`<title>2–4 s, 9–10 s: 13 failed, at most 8 in 1 s. The run took 10 s.</title>`,
		`class="ran" d="M0 16v-16h1` + strings.Repeat("h1", 49) + `V16zM80 16v-16h1` + strings.Repeat("h1", 19) + `V16z"`,
		`class="failed" d="M20 16v-16h1` + strings.Repeat("h1", 9) + `v8h1` + strings.Repeat("h1", 9) + `V16zM90 16v-2h1` + strings.Repeat("h1", 9) + `V16z"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nhas no %s", got, want)
		}
	}
	for _, none := range []summary.When{{}, {EndMS: 5}, {Times: &reasons.Times{}, EndMS: 5}, {Times: w.Times}} {
		if got := strip(table.When{When: none}); got != "" {
			t.Errorf("%+v is drawn as %s", none, got)
		}
	}
}

// Failures that ended when the run did, or far apart, have their bar too.
func TestStripOfAnyTime(t *testing.T) {
	t.Parallel()
	for _, w := range []summary.When{
		{Times: &reasons.Times{StepMS: 1000, AtSteps: []uint64{10}, Counts: []uint64{1}}, EndMS: 10_500},
		{Times: &reasons.Times{StepMS: 1000, AtSteps: []uint64{0, 1 << 40}, Counts: []uint64{1, 1}}, EndMS: 1e18},
		{Times: &reasons.Times{StepMS: 1024 * 1000, AtSteps: []uint64{0}, Counts: []uint64{3}}, EndMS: 1},
	} {
		if got := string(strip(table.When{When: w})); !strings.Contains(got, `class="failed" d="M`) || strings.Contains(got, "NaN") {
			t.Errorf("%+v is drawn as %s", w, got)
		}
	}
}
