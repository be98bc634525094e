package reports

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"weighbridge/bench/gate"
)

// WriteVerdict prints the verdict and what decided, then the rules, the findings
// that did not pass, all of them if verbose, and every doubt.
func (s Screen) WriteVerdict(w io.Writer, j Judged, verbose bool) error {
	var out bytes.Buffer
	judgement := j.tidy()
	width := s.prose()
	prose(&out, width, s.paintOf(judgement.Verdict), verdictLine(judgement, true)+".")
	list(&out, width, s.Bad, judgement.Invalid)
	prose(&out, width, plain, fmt.Sprintf("Scenario %s, started %s%s.",
		oneLine(j.Record.Scenario.Name), j.Record.Started.UTC().Format(time.RFC3339), judgedOn(judgement)))
	rules := ruleGrid(judgement)
	rules.About = ""
	if err := writeFitted(&out, rules, s); err != nil {
		return err
	}
	for _, r := range judgement.Rules {
		s.writeFindings(&out, r, verbose)
	}
	said := oneLines(j.Record.Warnings)
	if warnings := append(said, judgementWarnings(judgement, said)...); len(warnings) > 0 {
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
	findings, said := notable(r), notPass(len(notable(r)), len(r.Findings))
	if verbose {
		findings, said = r.Findings, plural(len(r.Findings), "finding")
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
		list(w, s.prose(), paint, []string{findingLine(f)})
	}
}

// notPass says how many of all findings are not pass.
func notPass(n, all int) string {
	verb := "are"
	if n == 1 {
		verb = "is"
	}
	return fmt.Sprintf("%d of %s %s not pass", n, plural(all, "finding"), verb)
}

// failing are the rule's findings that are not pass.
func failing(r gate.Ruling) []gate.Finding {
	var out []gate.Finding
	for _, f := range r.Findings {
		if f.Verdict != gate.Pass {
			out = append(out, f)
		}
	}
	return out
}

// notable are the failing findings, unless the row of the rule has said all there
// is to say of them, or nothing counts.
func notable(r gate.Ruling) []gate.Finding {
	out := failing(r)
	if r.Verdict == gate.Invalid || len(r.Findings) == 1 && len(out) == 1 && out[0].P == nil && out[0].Visible == nil {
		return nil
	}
	return out
}

// findingLine is a finding with its figures.
func findingLine(f gate.Finding) string {
	q := quantityOf(f.Metric)
	said := []string{verdictWord(f.Verdict) + ": " + f.Subject}
	if f.Measured != nil {
		said[0] += ": " + q.measured(f.Measured, f.Low, f.High)
	}
	if f.P != nil && f.Alpha != nil {
		said = append(said, fmt.Sprintf("p %s against %s", chance(f.P), chance(f.Alpha)))
	}
	if f.Margin != nil {
		said = append(said, "margin "+q.effect(f.Margin))
	}
	if f.Verdict == gate.Inconclusive && f.Visible != nil {
		said = append(said, "could have seen "+q.effect(f.Visible))
	}
	line := strings.Join(said, ", ")
	if f.Why != "" {
		line += " — " + f.Why
	}
	return line
}
