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

// beyond is how many prompts should lie beyond a percentile that is printed.
const beyond = 10

// armWarnings say what weakens one arm's figures.
func armWarnings(arm Arm) []string {
	if arm.Answered == 0 {
		return []string{"no prompt was answered"}
	}
	out := []string{}
	for _, m := range metric.All() {
		if m.Tail() && m.Latency == metric.Response && !figures.EnoughBeyond(float64(arm.Answered), m.Quantile) {
			out = append(out, fmt.Sprintf("%s rests on fewer than %d prompts beyond it", m.Name, beyond))
		}
	}
	return out
}

// warnings are the record's own, then those of its arms, then those of its
// comparisons: one line each, however many arms or comparisons it is true of.
func warnings(rec *record.Record, s Summary) []string {
	out := append([]string{}, rec.Warnings...)
	arms := map[string][]string{}
	for _, arm := range s.Arms {
		for _, w := range arm.Warnings {
			arms[w] = append(arms[w], arm.Arm)
		}
	}
	for _, w := range slices.Sorted(maps.Keys(arms)) {
		out = append(out, fmt.Sprintf("%s in %s", w, which(arms[w], len(s.Arms))))
	}
	return append(out, doubts(s)...)
}

// which names the arms if they are few, and counts them otherwise.
func which(arms []string, all int) string {
	if 2*len(arms) >= all {
		return fmt.Sprintf("%d of %d arms", len(arms), all)
	}
	return strings.Join(arms, "; ")
}

// doubts are the comparisons' warnings, each once.
func doubts(s Summary) []string {
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
