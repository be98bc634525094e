package render

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
	"weighbridge/reports/page"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

// GitHub refuses a step summary of more than 1 MiB. Each part has a share of that, in bytes;
// the rest is for the headings.
const (
	rulesShare       = 256 << 10
	findingsShare    = 384 << 10
	comparisonsShare = 128 << 10
	warningsShare    = 128 << 10
	reasonsShare     = 32 << 10
	failuresShare    = 32 << 10
)

// longestText is the number of characters after which a text is cut.
const longestText = 400

// StepSummary prints the verdict as a Markdown step summary for GitHub, which is always under
// 1 MiB: it says how much was left out because it did not fit.
func StepSummary(w io.Writer, j *summary.Judged) error {
	var out bytes.Buffer
	from, p := page.SourceOf(j), page.New(j)
	fmt.Fprintf(&out, "## %s\n\n", short(page.VerdictLine(from.RunVerdict, false)))
	if why := decidingWhy(from.RunVerdict); why != "" {
		fmt.Fprintf(&out, "%s.\n\n", short(why))
	}
	fmt.Fprintf(&out, "%s Scenario %s, started %s%s.\n\n", short(format.OneLine(page.Headline(j.Record))),
		short(format.OneLine(j.Record.Scenario.Name)), j.Record.Started.UTC().Format(time.RFC3339), page.JudgedOn(from.RunVerdict))
	boundedList(&out, p.Reasons, reasonsShare, "reason")
	boundedList(&out, p.Answers, reasonsShare, "sentence")
	boundedTable(&out, page.Rules(from.RunVerdict), rulesShare, "rule")
	boundedTable(&out, page.Findings(from.RunVerdict), findingsShare, "finding")
	boundedTable(&out, page.Failures(from), failuresShare, "kind of failure")
	boundedTable(&out, page.Ratios(from), comparisonsShare, "row")
	if len(p.Warnings) > 0 {
		fmt.Fprintf(&out, "<details><summary>%s</summary>\n\n", format.Plural(len(p.Warnings), "warning"))
		boundedList(&out, p.Warnings, warningsShare, "warning")
		fmt.Fprint(&out, "</details>\n")
	}
	_, err := w.Write(append(bytes.TrimRight(out.Bytes(), "\n"), '\n'))
	return err
}

// decidingWhy returns the reason of the first rule that has the verdict; empty for a pass and
// for an invalid run.
func decidingWhy(j gate.RunVerdict) string {
	if j.Verdict != gate.Regression && j.Verdict != gate.Inconclusive {
		return ""
	}
	for _, r := range page.RulesWith(j.Rules, j.Verdict) {
		return r.Why
	}
	return ""
}

// boundedTable prints the rows that fit into most bytes, and says how many did not.
func boundedTable(out *bytes.Buffer, t table.Table, most int, noun string) {
	if len(t.Rows) == 0 {
		return
	}
	g := printed(t, short)
	if t.About != "" {
		fmt.Fprintf(out, "%s\n\n", markdownText(t.About))
	}
	var names, rule []string
	for _, c := range g.columns {
		names = append(names, c.text)
		if c.figures {
			rule = append(rule, "---:")
		} else {
			rule = append(rule, ":---")
		}
	}
	fmt.Fprint(out, markdownRow(names))
	fmt.Fprint(out, markdownRow(rule))
	bounded(out, len(g.rows), func(i int) string { return markdownRow(g.rows[i]) }, most, noun)
}

// boundedList prints the texts that fit into most bytes, and says how many did not.
func boundedList(out *bytes.Buffer, texts []string, most int, noun string) {
	bounded(out, len(texts), func(i int) string { return "- " + short(texts[i]) + "\n" }, most, noun)
}

// bounded prints as many of the n lines as fit into most bytes.
func bounded(out *bytes.Buffer, n int, line func(int) string, most int, noun string) {
	if n == 0 {
		return
	}
	for i := range n {
		text := line(i)
		if most -= len(text); most < 0 {
			fmt.Fprintf(out, "\n%s of %s left out: GitHub shows no more than 1 MiB.\n", format.Count(uint64(n-i)), countedOf(n, noun))
			break
		}
		out.WriteString(text)
	}
	fmt.Fprintln(out)
}

// countedOf is format.Plural with commas between thousands.
func countedOf(n int, noun string) string {
	return strings.Replace(format.Plural(n, noun), fmt.Sprint(n), format.Count(uint64(n)), 1)
}

func markdownRow(cells []string) string { return "| " + strings.Join(cells, " | ") + " |\n" }

// short escapes a text for Markdown and cuts it after longestText characters.
func short(text string) string {
	if utf8.RuneCountInString(text) > longestText {
		text = string([]rune(text)[:longestText-1]) + "…"
	}
	return markdownText(text)
}
