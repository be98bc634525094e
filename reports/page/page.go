// Package page holds what a report says, whatever its form: lines of text, and sections of
// typed values. How a form prints them is reports/render's.
package page

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/answer"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/reports/table"
)

// Source is the data that a page is made from.
type Source struct {
	Record  *record.Record
	Summary summary.Summary
	// RunVerdict has each of its texts on one line and its figures finite.
	RunVerdict gate.RunVerdict
	Claims     []gate.ClaimResult
}

// SourceOf returns what the page of j is made from.
func SourceOf(j *summary.Judged) Source {
	return Source{j.Record, j.Summary(), j.PrintableOutcome(), j.Summary().Claims}
}

// Page is the content of the report, the same for table, markdown and HTML.
type Page struct {
	// Headline is the title, whether the figures count, and the verdict of the rules. Reasons
	// say why the figures do not count.
	Headline Line
	Reasons  []string
	// Title is the question alone, and Standing the rest of the Headline. Rules are the scenario's with
	// their verdicts.
	Title    string
	Standing string
	Rules    []JudgedRule
	// Between names what is compared; nil on the page of one run.
	Between []string
	// Answers says what the run found out, errors first.
	Answers []string
	// Failing says that the first of the Answers is about arms that fail.
	Failing bool
	// Order is the order of the topics; nil for the order of Topics.
	Order []Topic
	// Sections holds the tables in their order; those without rows are not shown.
	Sections []Section
	// Quality says how well the run was measured, and on what machine.
	Quality  []string
	Warnings []string
}

// Line is a text with its severity.
type Line struct {
	Text     string
	Severity table.Severity
}

// Section is a table with its place on the page.
type Section struct {
	// Title is the heading of a section with details; other sections have none.
	Title string
	// Details sections stand after the plots, and the terminal leaves them out.
	Details bool
	// Short is the sentence that the terminal prints in place of the section; may be empty.
	Short string
	// Topic is what the section is about.
	Topic Topic
	table.Table
}

// Topic is what sections and plots are about. A page with a list of contents has a chapter for each.
type Topic string

// The topics.
const (
	Trend       Topic = "Trend"
	Runs        Topic = "Runs"
	Arms        Topic = "Arms"
	Differences Topic = "Differences"
	Latency     Topic = "Latency"
	OverTime    Topic = "Over time"
	Errors      Topic = "Errors"
	Streams     Topic = "Streams, conversations and tokens"
	Capacity    Topic = "Capacity"
	Judgement   Topic = "Rules and claims"
	Time        Topic = "Where the time went"
	Wire        Topic = "Connections and bytes"
	Glossary    Topic = "Glossary"
)

// Topics are the topics in the order of a page's chapters.
func Topics() []Topic {
	return []Topic{Trend, Runs, Arms, Differences, Latency, OverTime, Errors, Streams, Capacity, Judgement, Time, Wire, Glossary}
}

// maker makes the section of a topic.
type maker struct {
	topic Topic
	of    func(Source) Section
}

// sections lists the sections of a page in their order. A new one is added here.
func sections() []maker {
	return []maker{
		{Arms, arms},
		{Errors, failures},
		{Streams, streams},
		{Streams, conversations},
		{Streams, turns},
		{Streams, batches},
		{Streams, caches},
		{Streams, tokens},
		{Streams, billed},
		{Streams, sentCallbacks},
		{Wire, rateLimits},
		{Wire, regions},
		{Differences, ratios},
		{Differences, streamRatios},
		{Capacity, capacity},
		{Judgement, rules},
		{Judgement, claims},
		{Judgement, claimsAlong},
		{Errors, allFailures},
		{Capacity, probes},
		{Time, timeParts},
		{Wire, wire},
		{Wire, pushes},
	}
}

// New makes the page of a judged record.
func New(j *summary.Judged) Page {
	from := SourceOf(j)
	p := Page{
		Headline: Line{Headline(from.Record) + verdictAfter(from.Record, from.RunVerdict), severity(from)},
		Reasons:  from.RunVerdict.Invalid,
		Title:    titleOf(from.Record),
		Standing: strings.TrimSpace(standing(from.Record) + verdictAfter(from.Record, from.RunVerdict)),
		Rules:    judgedRules(from),
		Answers:  format.OneLines(answer.Of(from.Record, from.Summary)),
		Failing:  !summary.CapacityOnly(from.Record) && answer.Fails(from.Record, from.Summary),
		Quality:  quality(from.Record, from.Summary),
		Warnings: summary.PerReason(from.Record, format.OneLines(from.Summary.Warnings)),
	}
	p.addSections(from)
	return p
}

// addSections adds the sections of a record, and the glossary of all sections.
func (p *Page) addSections(from Source) {
	for _, one := range sections() {
		section := one.of(from)
		section.Topic = one.topic
		p.Sections = append(p.Sections, section)
	}
	p.Sections = append(p.Sections, glossary(p.Sections))
}

// severity is the severity of the run or of its verdict, whichever is worse.
func severity(from Source) table.Severity {
	ofRun := table.Good
	switch {
	case len(from.Record.Invalid) > 0:
		ofRun = table.Bad
	case !from.Record.Complete || from.Record.Quick || answer.Fails(from.Record, from.Summary):
		ofRun = table.Doubtful
	}
	if from.RunVerdict.Verdict == "" {
		return ofRun
	}
	return max(ofRun, table.SeverityOf(from.RunVerdict.Verdict))
}

// titleOf is the title, or the name of a scenario without one.
func titleOf(rec *record.Record) string { return cmp.Or(rec.Scenario.Title, rec.Scenario.Name) }

// standing says whether the figures count.
func standing(rec *record.Record) string {
	how := Incomplete(rec)
	switch {
	case len(rec.Invalid) > 0 && how != "":
		return "INVALID and " + how + ". These figures do not count."
	case len(rec.Invalid) > 0:
		return "INVALID. These figures do not count."
	case how != "":
		return how + "."
	case !anyAnswered(rec):
		return "No prompt was answered: there are no figures but those of errors."
	case rec.Quick:
		return "Valid, but a quick run: indicative only."
	}
	return "Valid."
}

// anyAnswered reports whether any prompt was answered, or a capacity was searched for.
func anyAnswered(rec *record.Record) bool {
	return slices.ContainsFunc(rec.Arms, func(a record.Arm) bool {
		return a.Capacity != nil || a.Percentiles != nil || slices.ContainsFunc(a.Blocks, func(b record.Block) bool {
			return slices.ContainsFunc([]*record.Slice{b.Open, b.Closed, b.Batch}, func(s *record.Slice) bool { return s != nil && s.Answered > 0 })
		})
	})
}

// Incomplete says that a run ended early, and by what; empty for one that did not.
func Incomplete(rec *record.Record) string {
	switch {
	case rec.Complete:
		return ""
	case rec.Stopped != "":
		return "INCOMPLETE (stopped: " + rec.Stopped + ")"
	}
	return "INCOMPLETE"
}

// Headline returns the title and whether the figures count; if they do not, that comes first.
func Headline(rec *record.Record) string {
	title, how := ended(titleOf(rec)), Incomplete(rec)
	switch {
	case len(rec.Invalid) > 0 && how != "":
		return fmt.Sprintf("INVALID and %s: %s These figures do not count.", how, title)
	case len(rec.Invalid) > 0:
		return fmt.Sprintf("INVALID: %s These figures do not count.", title)
	case how != "":
		return fmt.Sprintf("%s: %s", how, title)
	}
	return title + " " + standing(rec)
}

// ended is a title with a full stop, unless it ends with a mark that ends a sentence.
func ended(title string) string {
	if strings.HasSuffix(title, "?") || strings.HasSuffix(title, "!") || strings.HasSuffix(title, ".") {
		return title
	}
	return title + "."
}

// verdictAfter returns what the headline says about the rules: nothing if there are none, or
// if the figures do not count.
func verdictAfter(rec *record.Record, j gate.RunVerdict) string {
	if j.Verdict == "" || len(rec.Invalid) > 0 {
		return ""
	}
	return " " + VerdictLine(j, false) + "."
}
