package answer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/reports/format"
	"weighbridge/reports/summary"
	"weighbridge/scenarios/metric"
)

const (
	// failing is the share of its prompts from which on an arm is said to fail.
	failing = 0.05
	// named is how many failing arms are named.
	named = 3
)

// fault is what an arm failed: under its main load or, if that has more, under closed load.
type fault struct {
	arm   summary.Arm
	share float64
	of    figures.Failures
	load  string
}

// Errors says which arms fail, the worst first, or how many prompts failed at most. There is
// nothing to say if no prompt was due.
func Errors(rec *record.Record, s summary.Summary) []string {
	var all []fault
	for i := range rec.Arms {
		if f, due := faultOf(&rec.Arms[i], s.Arms[i]); due {
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b fault) int { return cmp.Compare(b.share, a.share) })
	bad := 0
	for bad < len(all) && all[bad].share >= failing {
		bad++
	}
	switch worst := all[0]; {
	case worst.of.Failed == 0:
		return []string{"Errors: no prompt failed."}
	case bad == 0 && len(s.Arms) == 1:
		return []string{fmt.Sprintf("Errors: %s of the prompts failed%s.", format.Percent(&worst.share), worst.load)}
	case bad == 0:
		return []string{fmt.Sprintf("Errors: at most %s of the prompts of an arm failed%s, in %s.", format.Percent(&worst.share), worst.load, worst.arm.Arm)}
	}
	return []string{failingArms(all[:bad], len(s.Arms))}
}

// Fails reports whether some arm fails.
func Fails(rec *record.Record, s summary.Summary) bool {
	for i := range rec.Arms {
		if f, due := faultOf(&rec.Arms[i], s.Arms[i]); due && f.share >= failing {
			return true
		}
	}
	return false
}

// faultOf is what an arm failed; due is false if it had no prompts.
func faultOf(arm *record.Arm, s summary.Arm) (f fault, due bool) {
	f.arm = s
	for _, name := range []string{metric.ErrorRate, metric.ClosedErrorRate} {
		of := figures.FailuresOf(name, arm)
		rate := of.Rate()
		if rate == nil || name == metric.ClosedErrorRate && !figures.HasClosedErrors(arm) {
			continue
		}
		if !due || *rate > f.share {
			f.share, f.of, f.load = *rate, of, ""
			if name == metric.ClosedErrorRate {
				f.load = " under closed load"
			}
		}
		due = true
	}
	return f, due
}

// failingArms names the worst arms and counts the others.
func failingArms(bad []fault, all int) string {
	var said []string
	for _, f := range bad[:min(len(bad), named)] {
		said = append(said, f.words(all == 1))
	}
	if n := len(bad) - named; n > 0 {
		least, most := format.Percent(&bad[len(bad)-1].share), format.Percent(&bad[named].share)
		if least == most {
			said = append(said, format.Plural(n, "more arm")+" "+least)
		} else {
			said = append(said, format.Plural(n, "more arm")+" between "+least+" and "+most)
		}
	}
	what := strings.Join(said, "; ")
	if all == 1 {
		return "FAILING: " + what + "."
	}
	return fmt.Sprintf("FAILING: %d of %d arms. %s.", len(bad), all, what)
}

// words says what the arm fails, and of what class most failures are.
func (f fault) words(alone bool) string {
	who := f.arm.Arm + " "
	if alone {
		who = "this run "
	}
	what := fmt.Sprintf("fails %s of its %s prompts", format.Percent(&f.share), format.Count(f.of.Due))
	if f.of.Failed == f.of.Due {
		what = fmt.Sprintf("answers none of its %s prompts", format.Count(f.of.Due))
	}
	return who + what + f.load + f.mostly()
}

// mostly names the class of most failures.
func (f fault) mostly() string {
	counts := f.arm.Errors
	if f.load != "" {
		counts = f.arm.ClosedErrors
	}
	most, class := uint64(0), ""
	for name, n := range counts {
		if n > most || n == most && name < class {
			most, class = n, name
		}
	}
	if most == 0 {
		return ""
	}
	return " (mostly " + class + ")"
}
