package reports

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"weighbridge/bench/gate"
)

// GitHub refuses a step's summary over 1 MiB. Each part has a share of that, in
// bytes, and the headings what is left.
const (
	rulesShare       = 256 << 10
	findingsShare    = 384 << 10
	comparisonsShare = 128 << 10
	warningsShare    = 128 << 10
	reasonsShare     = 32 << 10
)

// longestText is how many characters of one text a summary shows.
const longestText = 400

// WriteStepSummary prints the verdict as the Markdown of a step's summary on GitHub,
// always under 1 MiB: what does not fit is left out, and counted.
func WriteStepSummary(w io.Writer, j Judged) error {
	var out bytes.Buffer
	judgement := j.tidy()
	p := newPage(j, Summarize(j))
	fmt.Fprintf(&out, "## %s\n\n", short(verdictLine(judgement, false)))
	if why := decidingWhy(judgement); why != "" {
		fmt.Fprintf(&out, "%s.\n\n", short(why))
	}
	fmt.Fprintf(&out, "%s Scenario %s, started %s%s.\n\n", short(oneLine(headline(j.Record))),
		short(oneLine(j.Record.Scenario.Name)), j.Record.Started.UTC().Format(time.RFC3339), judgedOn(judgement))
	boundedList(&out, p.Reasons, reasonsShare, "reason")
	p.Rules.About = ""
	boundedGrid(&out, p.Rules, rulesShare, "rule")
	boundedGrid(&out, findingGrid(judgement), findingsShare, "finding")
	boundedGrid(&out, p.Axes, comparisonsShare, "row")
	if len(p.Warnings) > 0 {
		fmt.Fprintf(&out, "<details><summary>%s</summary>\n\n", plural(len(p.Warnings), "warning"))
		boundedList(&out, p.Warnings, warningsShare, "warning")
		fmt.Fprint(&out, "</details>\n")
	}
	_, err := w.Write(append(bytes.TrimRight(out.Bytes(), "\n"), '\n'))
	return err
}

// decidingWhy is the reason of the rule that decided, where one did.
func decidingWhy(j gate.Judgement) string {
	if gravity(string(j.Verdict)) == 0 {
		return ""
	}
	for _, r := range ofVerdict(j.Rules, j.Verdict) {
		return r.Why
	}
	return ""
}

// findingGrid has a row for each finding that is not pass, the gravest first.
func findingGrid(j gate.Judgement) grid {
	g := grid{Columns: []column{
		{Name: "rule"},
		{Name: "finding"},
		{Name: "verdict"},
		{"measured (bounds)", true},
		{"p", true},
		{"alpha", true},
		{"margin", true},
		{"could have seen", true},
		{Name: "why"},
	}}
	all := 0
	for _, r := range j.Rules {
		all += len(r.Findings)
		if r.Verdict == gate.Invalid {
			continue
		}
		for _, f := range failing(r) {
			q := quantityOf(f.Metric)
			g.Rows = append(g.Rows, []string{
				r.Name, f.Subject, verdictWord(f.Verdict), q.measured(f.Measured, f.Low, f.High),
				chance(f.P), chance(f.Alpha), q.effect(f.Margin), q.effect(f.Visible), f.Why,
			})
		}
	}
	const verdict = 2
	slices.SortStableFunc(g.Rows, func(a, b []string) int { return gravity(b[verdict]) - gravity(a[verdict]) })
	g.About = fmt.Sprintf("%s. Could have seen: the smallest effect that so many blocks and so much noise let show.", notPass(len(g.Rows), all))
	return withoutUnknown(g)
}

// withoutUnknown leaves out the columns of figures of which none is known.
func withoutUnknown(g grid) grid {
	for i := len(g.Columns) - 1; i >= 0; i-- {
		if !g.Columns[i].Right || slices.ContainsFunc(g.Rows, func(row []string) bool { return row[i] != unknown }) {
			continue
		}
		g.Columns = slices.Delete(g.Columns, i, i+1)
		for k := range g.Rows {
			g.Rows[k] = slices.Delete(g.Rows[k], i, i+1)
		}
	}
	return g
}

func gravity(verdict string) int {
	switch gate.Verdict(verdict) {
	case gate.Regression:
		return 2
	case gate.Inconclusive:
		return 1
	}
	return 0
}

// boundedGrid prints the rows that fit into most bytes, and says how many do not.
func boundedGrid(out *bytes.Buffer, g grid, most int, noun string) {
	if len(g.Rows) == 0 {
		return
	}
	if g.About != "" {
		fmt.Fprintf(out, "%s\n\n", markdownText(g.About))
	}
	var names, rule []string
	for _, c := range g.Columns {
		names = append(names, c.Name)
		if c.Right {
			rule = append(rule, "---:")
		} else {
			rule = append(rule, ":---")
		}
	}
	fmt.Fprint(out, markdownRow(names))
	fmt.Fprintf(out, "| %s |\n", strings.Join(rule, " | "))
	bounded(out, len(g.Rows), func(i int) string { return markdownRow(g.Rows[i]) }, most, noun)
}

// boundedList prints the texts that fit into most bytes, and says how many do not.
func boundedList(out *bytes.Buffer, texts []string, most int, noun string) {
	bounded(out, len(texts), func(i int) string { return "- " + short(texts[i]) + "\n" }, most, noun)
}

// bounded prints the first of n lines, as many as fit.
func bounded(out *bytes.Buffer, n int, line func(int) string, most int, noun string) {
	if n == 0 {
		return
	}
	for i := range n {
		text := line(i)
		if most -= len(text); most < 0 {
			fmt.Fprintf(out, "\n%s of %s left out: GitHub shows no more than 1 MiB.\n", counted(uint64(n-i)), countedOf(n, noun))
			break
		}
		out.WriteString(text)
	}
	fmt.Fprintln(out)
}

// countedOf is a number of things that may be large.
func countedOf(n int, noun string) string {
	return strings.Replace(plural(n, noun), fmt.Sprint(n), counted(uint64(n)), 1)
}

func markdownRow(cells []string) string {
	var out []string
	for _, cell := range cells {
		out = append(out, short(cell))
	}
	return "| " + strings.Join(out, " | ") + " |\n"
}

// short is a text as Markdown, cut where it is long beyond reading.
func short(text string) string {
	if utf8.RuneCountInString(text) > longestText {
		text = string([]rune(text)[:longestText-1]) + "…"
	}
	return markdownText(text)
}
