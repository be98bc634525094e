package summary

import (
	"slices"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
)

// Printable returns j with the texts of its record as format.OneLine prints them: titles,
// names and a server's words come from files that anybody may have written, and go to
// terminals, into markup and into the logs of CI services, which obey some of them. It
// returns j itself if nothing had to be changed. PrintableOutcome does the same for the
// judgement.
func (j *Judged) Printable() *Judged {
	changed := false
	one := func(text string) string {
		line := format.OneLine(text)
		changed = changed || line != text
		return line
	}
	rec := *j.Record
	for _, text := range []*string{
		&rec.Tool, &rec.Stopped, &rec.Scenario.Name, &rec.Scenario.Title, &rec.Scenario.About,
		&rec.Env.Go, &rec.Env.OS, &rec.Env.Arch, &rec.Env.CPU, &rec.Env.Kernel,
	} {
		*text = one(*text)
	}
	all := func(texts []string) []string {
		texts = slices.Clone(texts)
		for i, text := range texts {
			texts[i] = one(text)
		}
		return texts
	}
	rec.Invalid, rec.Warnings = all(rec.Invalid), all(rec.Warnings)
	rec.Axes = slices.Clone(rec.Axes)
	for i := range rec.Axes {
		axis := &rec.Axes[i]
		axis.Name, axis.Levels = one(axis.Name), all(axis.Levels)
	}
	rec.Claims = slices.Clone(rec.Claims)
	for i := range rec.Claims {
		c := &rec.Claims[i]
		c.ID, c.Says, c.Source = one(c.ID), one(c.Says), one(c.Source)
	}
	rec.Arms = printableArms(rec.Arms, one)
	if !changed {
		return j
	}
	return &Judged{Record: &rec, RunVerdict: j.RunVerdict, Claims: j.Claims}
}

func printableArms(arms []record.Arm, one func(string) string) []record.Arm {
	arms = slices.Clone(arms)
	for i := range arms {
		a := &arms[i]
		levels := make(map[string]string, len(a.Levels))
		for axis, level := range a.Levels {
			levels[one(axis)] = one(level)
		}
		a.Name, a.Levels, a.Protocol = one(a.Name), levels, one(a.Protocol)
		a.Failures = slices.Clone(a.Failures)
		for k := range a.Failures {
			f := &a.Failures[k]
			f.Phase, f.Class, f.Words, f.Example = one(f.Phase), one(f.Class), one(f.Words), one(f.Example)
		}
	}
	return arms
}
