package summary

import (
	"fmt"

	"weighbridge/bench/gate"
	"weighbridge/reports/format"
)

// The most characters of the name of an axis or a level, of an arm, and of another text of a record:
// more would make any table or plot unreadable.
const (
	longestName = 200
	longestArm  = 400
	longestText = 4000
)

// Printable returns j with the texts of its record, its judgement and its claims as format.OneLine
// prints them, and cut if they are very long: titles, names and a server's words come from files
// that anybody may have written, and go to terminals, into markup and into the logs of CI services,
// which obey some of them. Texts that differ still differ. It returns j itself if nothing had to be
// changed.
func (j *Judged) Printable() *Judged {
	p := &printer{printed: map[string]string{}, taken: map[string]bool{}}
	for _, axis := range j.Record.Axes {
		p.print(axis.Name, longestName)
		for _, level := range axis.Levels {
			p.print(level, longestName)
		}
	}
	for _, arm := range j.Record.Arms {
		p.print(arm.Name, longestArm)
	}
	rec := *j.Record
	rec.Scenario.Source, rec.Scenario.Set, rec.Scenario.Axis = "", nil, nil // are compared and not printed
	rec = format.WithTexts(rec, p.text)
	out := &Judged{Record: &rec, AllowInconclusive: j.AllowInconclusive, Apart: j.Apart}
	out.RunVerdict, out.Claims = format.WithTexts(j.RunVerdict, p.text), format.WithTexts(j.Claims, p.text)
	if !p.changed {
		return j
	}
	rec.Scenario.Source, rec.Scenario.Set, rec.Scenario.Axis = j.Record.Scenario.Source, j.Record.Scenario.Set, j.Record.Scenario.Axis
	return out
}

// printer prints texts, each the same way every time, and no two alike.
type printer struct {
	printed map[string]string
	taken   map[string]bool
	changed bool
}

func (p *printer) text(text string) string { return p.print(text, longestText) }

func (p *printer) print(text string, longest int) string {
	if line, known := p.printed[text]; known {
		return line
	}
	line := format.Cut(format.OneLine(text), longest)
	for alone, n := line, 2; p.taken[line]; n++ {
		line = fmt.Sprintf("%s (%d)", alone, n)
	}
	p.printed[text], p.taken[line] = line, true
	p.changed = p.changed || line != text
	return line
}

// PrintableOutcome returns the Outcome with each of its texts on one line and without control
// characters, and one line for each reason why the run is invalid: names of rules come from files,
// and go to terminals and into XML.
func (j *Judged) PrintableOutcome() gate.RunVerdict {
	out := format.WithTexts(j.Outcome(), format.OneLine)
	out.Invalid = PerReason(j.Record, out.Invalid)
	return out
}
