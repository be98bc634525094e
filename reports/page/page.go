// Package page holds what a report says, whatever its form: lines of text, and sections of
// typed values. How a form prints them is reports/render's.
package page

import (
	"fmt"

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
	// Answers says what the run found out, errors first.
	Answers []string
	// Failing says that the first of the Answers is about arms that fail.
	Failing bool
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
	table.Table
}

// sections lists the sections of a page in their order. A new one is added here.
func sections() []func(Source) Section {
	return []func(Source) Section{
		arms,
		failures,
		streams,
		conversations,
		turns,
		batches,
		tokens,
		rateLimits,
		ratios,
		streamRatios,
		capacity,
		rules,
		claims,
		claimsAlong,
		allFailures,
		probes,
		timeParts,
		wire,
		pushes,
	}
}

// New makes the page of a judged record.
func New(j *summary.Judged) Page {
	from := SourceOf(j)
	p := Page{
		Headline: Line{Headline(from.Record) + verdictAfter(from.Record, from.RunVerdict), severity(from)},
		Reasons:  from.RunVerdict.Invalid,
		Answers:  format.OneLines(answer.Of(from.Record, from.Summary)),
		Failing:  !summary.CapacityOnly(from.Record) && answer.Fails(from.Record, from.Summary),
		Quality:  quality(from.Record, from.Summary),
		Warnings: summary.PerReason(from.Record, format.OneLines(from.Summary.Warnings)),
	}
	for _, section := range sections() {
		p.Sections = append(p.Sections, section(from))
	}
	p.Sections = append(p.Sections, glossary(p.Sections))
	return p
}

// severity is the worse of that of the run and that of its verdict.
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

// Headline returns the title after what the reader must know before any figure.
func Headline(rec *record.Record) string {
	title := rec.Scenario.Title
	if title == "" {
		title = rec.Scenario.Name
	}
	incomplete := ""
	if !rec.Complete {
		incomplete = "INCOMPLETE"
		if rec.Stopped != "" {
			incomplete += " (stopped: " + rec.Stopped + ")"
		}
	}
	switch {
	case len(rec.Invalid) > 0 && incomplete != "":
		return fmt.Sprintf("INVALID and %s: %s. These figures do not count.", incomplete, title)
	case len(rec.Invalid) > 0:
		return fmt.Sprintf("INVALID: %s. These figures do not count.", title)
	case incomplete != "":
		return fmt.Sprintf("%s: %s.", incomplete, title)
	case rec.Quick:
		return title + ". Valid, but a quick run: indicative only."
	}
	return title + ". Valid."
}

// verdictAfter returns what the headline says about the rules: nothing if there are none, or
// if the figures do not count.
func verdictAfter(rec *record.Record, j gate.RunVerdict) string {
	if j.Verdict == "" || len(rec.Invalid) > 0 {
		return ""
	}
	return " " + VerdictLine(j, false) + "."
}
