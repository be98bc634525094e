package reports

import (
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"weighbridge/bench/gate"
	"weighbridge/bench/golden"
	"weighbridge/bench/record"
	"weighbridge/reports/reportstest"
)

func verdictText(t *testing.T, s Screen, j gate.RunVerdict, verbose bool) string {
	t.Helper()
	return string(reportstest.OutputOf(t, func(w io.Writer) error { return WriteVerdict(w, s, "text", reportstest.Judged(j), verbose) }))
}

func TestGoldenVerdicts(t *testing.T) {
	t.Parallel()
	for name, j := range map[string]gate.RunVerdict{
		"regression": reportstest.Regressed(), "pass": reportstest.Passed(), "inconclusive": reportstest.Uncertain(), "invalid": reportstest.Uncounted(), "none": {},
	} {
		golden.Check(t, "testdata/verdict-"+name+".txt", []byte(verdictText(t, Screen{}, j, false)))
	}
	unsure := reportstest.Judged(reportstest.Passed())
	unsure.Record.Warnings = []string{"a quick run is indicative only"}
	golden.Check(t, "testdata/verdict-unsure.txt", reportstest.OutputOf(t, func(w io.Writer) error { return WriteVerdict(w, Screen{}, "text", unsure, false) }))
	golden.Check(t, "testdata/verdict-verbose.txt", []byte(verdictText(t, Screen{}, reportstest.Regressed(), true)))
	golden.Check(t, "testdata/verdict-narrow.txt", []byte(verdictText(t, Screen{Width: 60}, reportstest.Regressed(), false)))
}

// Reports say the verdict, in the headline first.
func TestGoldenReportsOfAJudgedRun(t *testing.T) {
	t.Parallel()
	j := reportstest.Judged(reportstest.Regressed())
	for format, file := range map[string]string{"table": "judged.txt", "markdown": "judged.md"} {
		golden.Check(t, "testdata/"+file, reported(t, format, j))
	}
	html := string(reported(t, "html", j))
	for _, want := range []string{
		`<h1>Single or batched, HTTP/1.1 or HTTP/2, OAuth or JWT</h1>`, `<div class="card bad">`, `<p class="standing">Valid. Regression: h2 is no slower.</p>`,
		`<span class="mark bad" aria-hidden="true">✗</span><b>h2 is no slower</b>: <span class="bad">regression</span>, 1.08× (1.05–1.12)`,
		`<td class="verdict bad">regression</td>`, `<td class="verdict good">holds</td>`, `<th scope="row">h2 is no slower</th>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestHeadlineSaysTheVerdictIfFiguresCount(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		judgement gate.RunVerdict
		change    func(*record.Record)
		ends      string
	}{
		"pass":         {reportstest.Passed(), func(*record.Record) {}, "JWT. Valid. Pass: 1 rule holds, on 15 blocks."},
		"quick":        {reportstest.Uncertain(), func(r *record.Record) { r.Quick = true }, "indicative only. Inconclusive: batches carry more."},
		"cut short":    {reportstest.Regressed(), func(r *record.Record) { r.Complete = false }, "JWT. Regression: h2 is no slower."},
		"not valid":    {reportstest.Uncounted(), func(r *record.Record) { r.Invalid = []string{"ledger"} }, "JWT. These figures do not count."},
		"a bad base":   {reportstest.Uncounted(), func(*record.Record) {}, "Valid. Invalid: these figures do not count, and no rule was judged."},
		"without rule": {gate.RunVerdict{}, func(*record.Record) {}, "JWT. Valid."},
	} {
		j := reportstest.Judged(c.judgement)
		c.change(j.Record)
		line, _, _ := strings.Cut(string(reported(t, "markdown", j)), "\n")
		if !strings.HasSuffix(line, c.ends) {
			t.Errorf("%s: %q does not end with %q", name, line, c.ends)
		}
	}
}

func TestVerdictFitsTheScreen(t *testing.T) {
	t.Parallel()
	wide := figuresOf(verdictText(t, Screen{}, reportstest.Regressed(), true))
	for _, width := range []int{60, 80, 100, 120, 200} {
		text := verdictText(t, Screen{Width: width}, reportstest.Regressed(), true)
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > width {
				t.Errorf("width %d: %d columns: %s", width, n, line)
			}
		}
		narrow := figuresOf(text)
		for word := range wide {
			if narrow[word] < wide[word] && width >= 80 { // else names of arms are parted
				t.Errorf("width %d: %q stands %d times, want at least %d", width, word, narrow[word], wide[word])
			}
		}
	}
}

func TestVerdictHasTheColourOfItsSeverity(t *testing.T) {
	t.Parallel()
	screen := Screen{Colour: true}
	for name, c := range map[string]struct {
		judgement gate.RunVerdict
		paint     func(string) string
	}{
		"pass":         {reportstest.Passed(), screen.Good},
		"regression":   {reportstest.Regressed(), screen.Bad},
		"inconclusive": {reportstest.Uncertain(), screen.Doubt},
		"invalid":      {reportstest.Uncounted(), screen.Bad},
		"none":         {gate.RunVerdict{}, screen.Doubt},
	} {
		text := verdictText(t, screen, c.judgement, true)
		line, _, _ := strings.Cut(text, "\n")
		if line != c.paint(sgr.ReplaceAllString(line, "")) {
			t.Errorf("%s: %q", name, line)
		}
		if sgr.ReplaceAllString(text, "") != verdictText(t, Screen{}, c.judgement, true) {
			t.Errorf("%s: with the colours taken away the text is not the plain one", name)
		}
	}
}

// No other verdict is called a pass, even if the judgement is incomplete.
func TestOnlyAPassIsCalledPass(t *testing.T) {
	t.Parallel()
	for name, j := range map[string]gate.RunVerdict{
		"no rule":          {},
		"no deciding rule": {Verdict: gate.Regression},
		"a bare rule":      {Verdict: gate.Inconclusive, Rules: []gate.RuleVerdict{{Name: "x", Verdict: gate.Inconclusive}}},
		"a rule unjudged":  {Verdict: gate.Inconclusive, Rules: []gate.RuleVerdict{{Name: "x"}}},
	} {
		if text := verdictText(t, Screen{}, j, true); strings.Contains(strings.ToLower(text), "pass") {
			t.Errorf("%s:\n%s", name, text)
		}
	}
}

// An invalid run is called invalid everywhere, whatever the judgement says.
func TestInvalidRunIsAlwaysCalledInvalid(t *testing.T) {
	t.Parallel()
	for name, judgement := range map[string]gate.RunVerdict{"pass": reportstest.Passed(), "regression": reportstest.Regressed(), "no rule": {}} {
		j := reportstest.Judged(judgement)
		j.Record.Invalid = []string{"ledger mismatch"}
		text := string(reportstest.OutputOf(t, func(w io.Writer) error { return WriteVerdict(w, Screen{}, "text", j, false) }))
		if !strings.HasPrefix(text, "Invalid: ") || !strings.Contains(text, "  - ledger mismatch\n") {
			t.Errorf("%s:\n%s", name, text)
		}
		raw := reportstest.OutputOf(t, func(w io.Writer) error { return WriteVerdict(w, Screen{}, "json", j, false) })
		if found(t, raw, "verdict") != "invalid" || found(t, raw, "invalid.0") != "ledger mismatch" {
			t.Errorf("%s: %s", name, raw)
		}
		if got := Annotations(j); len(got) != 1 || got[0] != "::error title=matrix is invalid::ledger mismatch" {
			t.Errorf("%s: %q", name, got)
		}
		if text := stepSummary(t, j); !strings.HasPrefix(text, "## Invalid: ") || !strings.Contains(text, "- ledger mismatch\n") {
			t.Errorf("%s:\n%s", name, text)
		}
		if doc := string(junitOf(t, j)); !strings.Contains(doc, `<error message="invalid: ledger mismatch"`) || strings.Contains(doc, "<failure") {
			t.Errorf("%s:\n%s", name, doc)
		}
	}
}

// A name from a file must not send control sequences to the terminal.
func TestVerdictHasNoControlCharacters(t *testing.T) {
	t.Parallel()
	j := reportstest.Regressed()
	j.Rules[2].Name = "a\x1b[2Jb\nc\u009b31m"
	j.Rules[2].Findings[2].Subject = "p90\r\x07"
	j.Warnings = []string{"w\x00"}
	for _, text := range []string{
		verdictText(t, Screen{}, j, true),
		string(reported(t, "table", reportstest.Judged(j))),
	} {
		if strings.ContainsAny(text, "\x1b\x00\x07\r\u009b") || !strings.Contains(text, `a\x1b[2Jb c\u009b31m`) {
			t.Errorf("the text is\n%q", text)
		}
	}
	if j.Rules[2].Name != "a\x1b[2Jb\nc\u009b31m" || j.Rules[2].Findings[2].Subject != "p90\r\x07" {
		t.Error("printing has changed the judgement")
	}
}
