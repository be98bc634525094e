package figures

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// condition is something that a run depends on and that no axis says.
type condition struct {
	what  string
	equal func(a, b *record.Record) bool
}

func conditions() []condition {
	return []condition{
		{"the machine or its Go", func(a, b *record.Record) bool { return a.Env == b.Env }},
		{"the version of weighbridge", func(a, b *record.Record) bool { return a.Tool == b.Tool }},
		{"the text of the scenario", func(a, b *record.Record) bool { return a.Scenario.Source == b.Scenario.Source }},
		{"--set or --axis", func(a, b *record.Record) bool {
			return slices.Equal(a.Scenario.Set, b.Scenario.Set) && slices.Equal(a.Scenario.Axis, b.Scenario.Axis)
		}},
		{"the load of an arm", equalLoads},
		{"the length of an arm's answers", equalLengths},
		{"the order of arms", func(a, b *record.Record) bool { return a.Plan.Order == b.Plan.Order }},
	}
}

// DifferingIn names the conditions, such as the machine or the load, in which two runs differ although no
// axis says so.
func DifferingIn(a, b *record.Record) (what []string) {
	for _, c := range conditions() {
		if !c.equal(a, b) {
			what = append(what, c.what)
		}
	}
	return what
}

// DifferentConditions are the conditions in which a run and its baselines differ although no axis says
// so. Each weakens every comparison with them.
func DifferentConditions(rec *record.Record, baselines []Run) []string {
	var out []string
	for _, c := range conditions() {
		var names []string
		for _, b := range baselines {
			if !c.equal(b.Record, rec) {
				names = append(names, "baseline "+b.Name)
			}
		}
		if len(names) > 0 {
			out = append(out, fmt.Sprintf("%s differs from this run's in %s", c.what, strings.Join(names, ", ")))
		}
	}
	return out
}

// equalLoads says whether the arms that both records have were under the same load.
func equalLoads(a, b *record.Record) bool {
	for i := range a.Arms {
		for k := range b.Arms {
			if a.Arms[i].Name == b.Arms[k].Name && a.Arms[i].Load != b.Arms[k].Load {
				return false
			}
		}
	}
	return true
}

// answerLength is the mean number of output tokens of an arm's answers, and of how many answers, from those
// that ended within a slice and reported it.
func answerLength(arm *record.Arm) (tokens float64, answers uint64) {
	var output uint64
	for _, s := range answersOf(arm) {
		answers, output = answers+s.UsageInWindow, output+s.OutputInWindow
	}
	return float64(output) / float64(max(answers, 1)), answers
}

// answersOf are the slices of an arm that tell the length of its answers.
func answersOf(arm *record.Arm) (all []*record.Slice) {
	for _, b := range arm.Blocks {
		for _, s := range []*record.Slice{b.Open, b.Closed} {
			if s != nil {
				all = append(all, s)
			}
		}
	}
	return all
}

// unlikeLengths says whether answers of the two mean lengths, in tokens, are so unlike that latency and TPS
// are not comparable.
func unlikeLengths(a, b float64) bool { return max(a, b) > 1.1*min(a, b) }

// leastAnswers is how many answers a mean length needs: those of few differ by chance.
const leastAnswers = 20

// equalLengths says whether the answers in the arms that both records have were equally long.
func equalLengths(a, b *record.Record) bool {
	for i := range a.Arms {
		for k := range b.Arms {
			x, n := answerLength(&a.Arms[i])
			y, m := answerLength(&b.Arms[k])
			if a.Arms[i].Name == b.Arms[k].Name && min(n, m) >= leastAnswers && unlikeLengths(x, y) {
				return false
			}
		}
	}
	return true
}

// UnlikeAnswers warns that answers were longer in some arms than in others; those of mocks are as long as the
// scenario asks.
func UnlikeAnswers(rec *record.Record) []string {
	var least, most string
	low, high := math.Inf(1), math.Inf(-1)
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		tokens, answers := answerLength(arm)
		if answers < leastAnswers || arm.Ledger != nil {
			continue
		}
		if tokens < low {
			low, least = tokens, arm.Name
		}
		if tokens > high {
			high, most = tokens, arm.Name
		}
	}
	if least == most || !unlikeLengths(low, high) {
		return nil
	}
	return []string{fmt.Sprintf("answers had %.3g output tokens on average in %s and %.3g in %s: response latency and TPS differ by that too; TPOT and output tokens/s tell how fast the tokens came",
		low, least, high, most)}
}

// WithoutBlocks is a record without what was measured in it, but with the conditions that DifferingIn compares.
func WithoutBlocks(rec *record.Record) *record.Record {
	out := *rec
	out.Arms = nil
	for i := range rec.Arms {
		arm := &rec.Arms[i]
		lengths := record.Slice{}
		for _, s := range answersOf(arm) {
			lengths.UsageInWindow, lengths.OutputInWindow = lengths.UsageInWindow+s.UsageInWindow, lengths.OutputInWindow+s.OutputInWindow
		}
		out.Arms = append(out.Arms, record.Arm{Name: arm.Name, Levels: arm.Levels, Load: arm.Load, Blocks: []record.Block{{Open: &lengths}}})
	}
	return &out
}

// Load is the load of the kind that a metric of an arm is measured under.
type Load struct {
	closed bool
	load   record.Load
	// atOnce says how many arms were under open load at once.
	atOnce string
}

// LoadOf is the load that a metric of an arm of a record was measured under.
func LoadOf(m metric.Metric, rec *record.Record, arm *record.Arm) Load {
	l := Load{closed: m.NeedsClosedLoad || arm.Load.OpenDurationMS == 0, load: arm.Load, atOnce: "one arm at a time"}
	if rec.Plan.Order == "concurrent" && len(rec.Arms) > 1 {
		l.atOnce = fmt.Sprintf("%d arms at once", len(rec.Arms))
	}
	return l
}

// Like says whether figures that were measured under the two loads are comparable.
func (l Load) Like(other Load) bool { return l.InsteadOf(other) == "" }

// InsteadOf says how the load differs from another, such as "200 prompts/s instead of 100"; empty if it does not.
func (l Load) InsteadOf(other Load) string {
	was, is := l.load, other.load
	differs := func(was, is string) string { return was + " instead of " + is }
	switch {
	case l.closed != other.closed:
		return differs(l.kind(), other.kind())
	case l.closed && was.BatchPrompts != is.BatchPrompts:
		return differs(fmt.Sprintf("batches of %d", was.BatchPrompts), fmt.Sprint(is.BatchPrompts))
	case l.closed && was.ClosedInFlight != is.ClosedInFlight:
		return differs(fmt.Sprintf("%d in flight", was.ClosedInFlight), fmt.Sprint(is.ClosedInFlight))
	case l.closed:
		return ""
	case math.Abs(was.OpenPerS-is.OpenPerS) > 0.01*is.OpenPerS:
		return differs(fmt.Sprintf("%.4g prompts/s", was.OpenPerS), fmt.Sprintf("%.4g", is.OpenPerS))
	case was.Arrivals != is.Arrivals || was.Burstiness != is.Burstiness:
		return differs(arrivalsOf(was)+" arrivals", arrivalsOf(is))
	case was.Shape != is.Shape:
		return differs("the shape "+cmp.Or(was.Shape, "constant"), cmp.Or(is.Shape, "constant"))
	case l.atOnce != other.atOnce:
		return differs(l.atOnce, other.atOnce)
	}
	return ""
}

func (l Load) kind() string {
	if l.closed {
		return "closed load"
	}
	return "open load"
}

// arrivalsOf describes how prompts arrive.
func arrivalsOf(l record.Load) string {
	if l.Burstiness > 0 {
		return fmt.Sprintf("%s (burstiness %g)", l.Arrivals, l.Burstiness)
	}
	return cmp.Or(l.Arrivals, "unknown")
}
