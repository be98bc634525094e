package render

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/page"
	"weighbridge/reports/summary"
)

// Verdict prints the verdict and what decided, then the rules, the findings
// that did not pass, all of them if verbose, and every doubt.
func Verdict(w io.Writer, s Screen, j *summary.Judged, verbose bool) error {
	var out bytes.Buffer
	judgement := j.Tidy()
	width := s.prose()
	prose(&out, width, s.paintOf(judgement.Verdict), page.VerdictLine(judgement, true)+".")
	list(&out, width, s.Bad, judgement.Invalid)
	prose(&out, width, plain, fmt.Sprintf("Scenario %s, started %s%s.",
		format.OneLine(j.Record.Scenario.Name), j.Record.Started.UTC().Format(time.RFC3339), page.JudgedOn(judgement)))
	rules := page.RuleGrid(judgement)
	rules.About = ""
	if err := writeFitted(&out, rules, s); err != nil {
		return err
	}
	for _, r := range judgement.Rules {
		s.writeFindings(&out, r, verbose)
	}
	said := format.OneLines(j.Record.Warnings)
	if warnings := append(said, summary.JudgementWarnings(judgement, said)...); len(warnings) > 0 {
		fmt.Fprintf(&out, "\n%s\n", s.Doubt("Warnings:"))
		list(&out, width, s.Doubt, warnings)
	}
	_, err := w.Write(trailingSpace.ReplaceAll(out.Bytes(), nil))
	return err
}

// paintOf is the colour of a verdict.
func (s Screen) paintOf(v gate.Verdict) func(string) string {
	switch v {
	case gate.Pass:
		return s.Good
	case gate.Regression, gate.Invalid:
		return s.Bad
	}
	return s.Doubt
}

// writeFindings lists the rule's findings that say more than the table of rules does.
func (s Screen) writeFindings(w io.Writer, r gate.Ruling, verbose bool) {
	findings, said := page.Notable(r), page.NotPass(len(page.Notable(r)), len(r.Findings))
	if verbose {
		findings, said = r.Findings, format.Plural(len(r.Findings), "finding")
	}
	if len(findings) == 0 {
		return
	}
	fmt.Fprintln(w)
	prose(w, s.prose(), plain, r.Name+": "+said+".")
	for _, f := range findings {
		paint := s.paintOf(f.Verdict)
		if f.Verdict == gate.Pass {
			paint = plain
		}
		list(w, s.prose(), paint, []string{page.FindingLine(f)})
	}
}
