// Package page lays out what every form of a report says: lines of text, and sections of
// typed values. The forms differ in nothing but how they print it.
package page

import (
	"fmt"

	"weighbridge/bench/gate"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
)

// Source is what pages are made of.
type Source struct {
	Record  *record.Record
	Summary summary.Summary
	// Judgement has each of its texts on one line.
	Judgement gate.Judgement
	Claims    []gate.ClaimResult
}

// SourceOf is that of what was judged.
func SourceOf(j *summary.Judged) Source {
	return Source{j.Record, j.Summary(), j.Tidy(), j.Summary().Claims}
}

// Page is what the table, markdown and HTML all say.
type Page struct {
	// Headline is the title, whether the figures count and what the rules made of them;
	// Reasons are why the figures do not count.
	Headline Line
	Reasons  []string
	// Answers are a sentence for each axis and level.
	Answers []string
	// Sections are in the order in which they stand; those without rows are not shown.
	Sections []Section
	// Quality says how well the run was measured, and on what.
	Quality  []string
	Warnings []string
}

// Line is a sentence and how far it can be trusted, or how bad what it says is.
type Line struct {
	Text     string
	Severity Severity
}

// sections are those of a page in their order.
func sections() []func(Source) Section {
	return []func(Source) Section{
		arms,
		streams,
		ratios,
		streamRatios,
		capacity,
		rules,
		claims,
		probes,
		timeParts,
		wire,
	}
}

// New lays out the page of what was judged.
func New(j *summary.Judged) Page {
	from := SourceOf(j)
	p := Page{
		Headline: Line{Headline(from.Record) + verdictAfter(from.Record, from.Judgement), severity(from)},
		Reasons:  from.Judgement.Invalid,
		Answers:  append(sentences(from.Summary.Comparisons), capacitySentences(from.Record)...),
		Quality:  quality(from.Record, from.Summary),
		Warnings: format.OneLines(from.Summary.Warnings),
	}
	for _, section := range sections() {
		p.Sections = append(p.Sections, section(from))
	}
	p.Sections = append(p.Sections, glossary(p.Sections))
	return p
}

// severity is that of the run and of what the rules made of it together.
func severity(from Source) Severity {
	ofRun := Good
	switch {
	case len(from.Record.Invalid) > 0:
		ofRun = Bad
	case !from.Record.Complete || from.Record.Quick:
		ofRun = Doubtful
	}
	if from.Judgement.Verdict == "" {
		return ofRun
	}
	return max(ofRun, SeverityOf(from.Judgement.Verdict))
}

// Headline begins with what the reader must know before any figure.
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

// verdictAfter is what the headline says of the rules, if there are any and the
// figures count.
func verdictAfter(rec *record.Record, j gate.Judgement) string {
	if j.Verdict == "" || len(rec.Invalid) > 0 {
		return ""
	}
	return " " + VerdictLine(j, false) + "."
}
