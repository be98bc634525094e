package page

import (
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/reports/format"
)

// loadLine says which load the figures of the arms come from. It gives the numbers of the
// load only if they are the same for all arms.
func loadLine(rec *record.Record) string {
	if len(rec.Arms) == 0 {
		return ""
	}
	return loadWords(rec) + objectivesLine(rec.Arms[0].Objectives)
}

// objectivesLine says within which latencies an answer counts for goodput.
func objectivesLine(o *record.Objectives) string {
	if o == nil {
		return ""
	}
	var all []string
	for _, objective := range []struct {
		name string
		ms   float64
	}{{"TTFT", o.TTFTMS}, {"TPOT", o.TPOTMS}, {"response latency", o.ResponseMS}} {
		if objective.ms > 0 {
			all = append(all, objective.name+" "+record.Duration(objective.ms).String())
		}
	}
	return " Good: answered within " + strings.Join(all, ", ") + "."
}

// loadWords is the load line without objectives.
func loadWords(rec *record.Record) string {
	load := rec.Arms[0].Load
	alike := func(same func(record.Load) bool) bool {
		return !slices.ContainsFunc(rec.Arms, func(a record.Arm) bool { return !same(a.Load) })
	}
	open, closed := "open load", "closed load"
	unit, inFlight := "prompts/s", "requests in flight"
	if load.Conversations {
		unit, inFlight = "conversations/s", "conversations under way"
	}
	alikeInKind := alike(func(l record.Load) bool { return l.Conversations == load.Conversations })
	if load.OpenPerS > 0 && alikeInKind && alike(func(l record.Load) bool { return l.OpenPerS == load.OpenPerS && schedule(l) == schedule(load) }) {
		open = fmt.Sprintf("open load, %.6g %s to each arm (%s)", load.OpenPerS, unit, schedule(load))
	}
	if rec.Plan.Order == record.Sequential && len(rec.Arms) > 1 {
		open += ", one arm at a time"
	}
	if load.ClosedInFlight > 0 && alikeInKind && alike(func(l record.Load) bool { return l.ClosedInFlight == load.ClosedInFlight }) {
		closed = fmt.Sprintf("closed load, %d %s", load.ClosedInFlight, inFlight)
	}
	if words, any := batchWords(rec); any {
		return words
	}
	switch {
	case load.OpenDurationMS == 0:
		return fmt.Sprintf("TPS (prompts answered per second), response latency (answered prompts only) and errors: %s.", closed)
	case load.ClosedDurationMS == 0:
		return fmt.Sprintf("TPS (prompts answered per second), response latency (from the moment due, answered prompts only) and errors: %s.", open)
	}
	return fmt.Sprintf("TPS (prompts answered per second): %s. Response latency (from the moment due, answered prompts only) and errors: %s.", closed, open)
}

// batchWords is the load line of a run with batches; any is false if it has none.
func batchWords(rec *record.Record) (words string, any bool) {
	sizes, others := []string{}, []string{}
	add := func(to *[]string, text string) {
		if !slices.Contains(*to, text) {
			*to = append(*to, text)
		}
	}
	for _, arm := range rec.Arms {
		switch l := arm.Load; {
		case l.BatchPrompts > 0:
			add(&sizes, fmt.Sprintf("batches of %s prompts, polled every %v", format.Count(uint64(l.BatchPrompts)), record.Duration(l.BatchPollMS)))
		case l.OpenDurationMS > 0:
			add(&others, fmt.Sprintf("open load, %.6g prompts/s (%s)", l.OpenPerS, schedule(l)))
		default:
			add(&others, fmt.Sprintf("closed load, %d requests in flight", l.ClosedInFlight))
		}
	}
	return fmt.Sprintf("TPS (prompts answered per second; in batches, per second from submission until the results had been read), response latency (from the moment due, answered prompts only) and errors: %s.",
		strings.Join(append(others, sizes...), "; ")), len(sizes) > 0
}

// schedule describes when the prompts of open load were due.
func schedule(l record.Load) string {
	words := l.Arrivals
	if l.Burstiness > 0 {
		words += fmt.Sprintf(" of burstiness %g", l.Burstiness)
	}
	if l.Shape != "" && l.Shape != "flat" {
		words += ", " + l.Shape
	}
	return words
}
