package summary

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"weighbridge/bench/figures"
	"weighbridge/bench/record"
	"weighbridge/scenarios/metric"
)

// armWarnings say what weakens one arm's figures.
func armWarnings(arm Arm) []string {
	if arm.Answered == 0 {
		return []string{"no prompt was answered"}
	}
	out := []string{}
	if arm.CutOff > 0 {
		out = append(out, fmt.Sprintf("%d of %d prompts were still open when the drain ended: they are in no error rate and in no latency, of which they may be the longest",
			arm.CutOff, arm.Due))
	}
	for _, m := range metric.All() {
		if m.Tail() && m.Latency == metric.Response && !figures.EnoughBeyond(float64(arm.Answered), m.Quantile) {
			out = append(out, m.Name+" rests on fewer than 10 prompts beyond it")
		}
	}
	return out
}

// warnings returns those of the record, of its arms and of its comparisons: each once, with
// the arms that it is about.
func warnings(rec *record.Record, s Summary) []string {
	out := append([]string{}, rec.Warnings...)
	arms := map[string][]string{}
	for _, arm := range s.Arms {
		for _, w := range arm.Warnings {
			arms[w] = append(arms[w], arm.Arm)
		}
	}
	for _, w := range slices.Sorted(maps.Keys(arms)) {
		out = append(out, fmt.Sprintf("%s in %s", w, whichArms(arms[w], len(s.Arms))))
	}
	return append(out, comparisonWarnings(s)...)
}

// whichArms names the arms if they are fewer than half, and counts them otherwise.
func whichArms(arms []string, all int) string {
	if 2*len(arms) >= all {
		return fmt.Sprintf("%d of %d arms", len(arms), all)
	}
	return strings.Join(arms, "; ")
}

// comparisonWarnings returns the comparisons' warnings, each once.
func comparisonWarnings(s Summary) []string {
	var out []string
	seen := map[string]bool{}
	for _, c := range s.Comparisons {
		for _, w := range c.Warnings {
			if !seen[w] {
				seen[w] = true
				out = append(out, w)
			}
		}
	}
	return out
}
