package reports

import (
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"weighbridge/bench/gate"
	"weighbridge/bench/golden"
	"weighbridge/bench/record/reasons"
	"weighbridge/reports/format"
	"weighbridge/reports/reportstest"
)

func stepSummary(t *testing.T, j *Judged) string {
	t.Helper()
	text := string(reportstest.OutputOf(t, func(w io.Writer) error { return WriteStepSummary(w, j) }))
	if len(text) >= 1<<20 {
		t.Errorf("a summary of %d bytes", len(text))
	}
	return text
}

func TestGoldenStepSummaries(t *testing.T) {
	t.Parallel()
	golden.Check(t, "testdata/step-regression.md", []byte(stepSummary(t, reportstest.Judged(reportstest.Regressed()))))
	golden.Check(t, "testdata/step-inconclusive.md", []byte(stepSummary(t, reportstest.Judged(reportstest.Uncertain()))))
	golden.Check(t, "testdata/step-invalid.md", []byte(stepSummary(t, reportstest.Judged(reportstest.Uncounted()))))
	golden.Check(t, "testdata/step-pass.md", []byte(stepSummary(t, reportstest.Judged(reportstest.Passed()))))
	golden.Check(t, "testdata/step-none.md", []byte(stepSummary(t, reportstest.Judged(gate.RunVerdict{}))))
}

func TestStepSummarySaysWhyRequestsFailed(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	j.Record.Arms[0].Failures = []reasons.Failure{{Phase: "open", Class: "client", Status: 404, Words: "The model 'x' does not exist", Count: 7}}
	if text := stepSummary(t, j); !strings.Contains(text, "client 7: 404 The model 'x' does not exist") {
		t.Errorf("%s", text)
	}
}

// The summary is never too long for GitHub, and says how much was left out.
func TestStepSummaryKeepsUnderAMebibyte(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<&|é>", 100)
	j := reportstest.Judged(reportstest.Regressed())
	first := j.RunVerdict.Rules[2]
	first.Findings = nil
	for i := range 1500 {
		first.Findings = append(first.Findings, gate.Finding{
			Subject: fmt.Sprintf("finding %d %s", i, long), Metric: "p90", Verdict: gate.Inconclusive, Why: long, Warnings: []string{letters(i) + long},
		})
	}
	first.Findings[1499].Verdict = gate.Regression
	j.RunVerdict.Rules = []gate.RuleVerdict{first}
	for i := range 1500 {
		r := reportstest.ErrorsStayRare()
		r.Name, r.Why = long, long
		j.RunVerdict.Rules = append(j.RunVerdict.Rules, r)
		j.RunVerdict.Invalid = append(j.RunVerdict.Invalid, letters(i)+long)
	}
	j.Record.Scenario.Name, j.Record.Scenario.Title = long, long
	for i := range j.Record.Arms {
		for k := range 3 {
			j.Record.Arms[i].Failures = append(j.Record.Arms[i].Failures, reasons.Failure{Phase: "open", Class: "server", Status: 500 + k, Words: long, Count: 1})
		}
	}
	text := stepSummary(t, j)
	for _, what := range []string{"1,500 reasons", "1,501 rules", "1,500 findings", "warnings"} {
		left := regexp.MustCompile(`(?m)^[1-9][\d,]* of [\d,]* ?` + strings.TrimLeft(what, "0123456789, ") + ` left out: GitHub shows no more than 1 MiB\.$`).FindString(text)
		if !strings.Contains(left, what) {
			t.Errorf("what was left out of the %s is not said: %q", what, left)
		}
	}
	if at, other := strings.Index(text, "finding 1499 "), strings.Index(text, "finding 0 "); at < 0 || other < at {
		t.Error("the regression does not stand before what is inconclusive")
	}
	shown := strings.Count(text, "| finding ") - 1 // and the heading
	if want := fmt.Sprintf("\n%s of 1,500 findings left out", format.Count(uint64(1500-shown))); !strings.Contains(text, want) {
		t.Errorf("%d findings are shown, and it does not say %q", shown, want)
	}
}

// letters is a word for each number, without a figure in it.
func letters(i int) string {
	return string([]rune{rune('a' + i/676), rune('a' + i/26%26), rune('a' + i%26)})
}

func TestStepSummaryShowsAllFindingsThatFit(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	for i := range 500 {
		j.RunVerdict.Rules[2].Findings = append(j.RunVerdict.Rules[2].Findings, gate.Finding{Subject: fmt.Sprintf("finding %d", i), Metric: "p90", Verdict: gate.Inconclusive})
	}
	text := stepSummary(t, j)
	if n := strings.Count(text, "| finding "); n != 501 || strings.Contains(text, "left out") {
		t.Errorf("%d of 500 findings are shown", n-1)
	}
}

func TestStepSummaryEscapes(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	j.Record.Scenario.Title = "</details>\n# title"
	j.RunVerdict.Rules[2].Name = "a | b\n<script>alert(1)</script> [x](y)"
	j.RunVerdict.Rules[2].Findings[2].Subject = "p90 | `x`\r\n</td>"
	j.RunVerdict.Warnings = []string{"</details> & <b>"}
	text := stepSummary(t, j)
	for _, bad := range []string{"<script", "</td>", "<b>", "[x](", "a | b", "p90 | ", "\r", "\n# title"} {
		if strings.Contains(text, bad) {
			t.Errorf("the summary holds %q", bad)
		}
	}
	if strings.Count(text, "</details>") != 1 {
		t.Error("a warning closes what it stands in")
	}
	columns := 0
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, "|") {
			columns = 0
			continue
		}
		n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
		if columns != 0 && n != columns {
			t.Errorf("a row of %d bars where the first has %d: %s", n, columns, line)
		}
		columns = n
	}
}
