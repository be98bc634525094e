package render

import (
	"bytes"
	"fmt"
	"io"
	"time"

	"weighbridge/bench/gate"
	"weighbridge/reports/answer"
	"weighbridge/reports/format"
	"weighbridge/reports/page"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

// Verdict prints the verdict and what decided it, the rules, the findings that did not pass
// (all findings if verbose), and every warning.
func Verdict(w io.Writer, s Screen, j *summary.Judged, verbose bool) error {
	var out bytes.Buffer
	judgement := j.PrintableOutcome()
	width := s.prose()
	prose(&out, width, s.painter(table.SeverityOf(judgement.Verdict)), page.VerdictLine(judgement, true)+".")
	list(&out, width, s.Bad, judgement.Invalid)
	prose(&out, width, plain, fmt.Sprintf("Scenario %s, started %s%s.",
		format.OneLine(j.Record.Scenario.Name), j.Record.Started.UTC().Format(time.RFC3339), page.JudgedOn(judgement)))
	if how := page.Incomplete(j.Record); how != "" {
		prose(&out, width, s.Bad, how+".")
	}
	if answer.Fails(j.Record, j.Summary()) {
		prose(&out, width, s.Bad, answer.Errors(j.Record, j.Summary())...)
	}
	if err := writeFitted(&out, page.Rules(judgement), s); err != nil {
		return err
	}
	for _, r := range judgement.Rules {
		writeFindings(&out, s, r, verbose)
	}
	said := format.OneLines(j.Record.Warnings)
	if warnings := summary.PerReason(j.Record, append(said, summary.VerdictWarnings(judgement, said)...)); len(warnings) > 0 {
		fmt.Fprintf(&out, "\n%s\n", s.Doubt("Warnings:"))
		list(&out, width, s.Doubt, warnings)
	}
	_, err := w.Write(withoutPadding(out.Bytes()))
	return err
}

// writeFindings lists the rule's findings that add to what the table of rules says.
func writeFindings(w io.Writer, s Screen, r gate.RuleVerdict, verbose bool) {
	findings, said := page.Notable(r), page.NotPassed(len(page.Failing(r)), len(r.Findings))
	if verbose {
		findings, said = r.Findings, format.Plural(len(r.Findings), "finding")
	}
	if len(findings) == 0 {
		return
	}
	fmt.Fprintln(w)
	prose(w, s.prose(), plain, r.Name+": "+said+".")
	for _, f := range findings {
		paint := s.painter(table.SeverityOf(f.Verdict))
		if f.Verdict == gate.Pass {
			paint = plain
		}
		list(w, s.prose(), paint, []string{page.FindingLine(f)})
	}
}
