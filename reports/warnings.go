package reports

import (
	"fmt"

	"weighbridge/bench/record"
)

// beyond is how many prompts should lie beyond a percentile that is printed.
const beyond = 10

// warnings are the record's own, then those about its percentiles, then those of
// its comparisons: one line each, however many arms or comparisons it is true of.
func warnings(rec *record.Record, s Summary) []string {
	out := append([]string{}, rec.Warnings...)
	for _, p := range []struct {
		name     string
		quantile float64
	}{{"p99", 0.99}, {"p999", 0.999}} {
		out = append(out, thin(s.Arms, p.name, p.quantile)...)
	}
	for _, arm := range s.Arms {
		if arm.Answered == 0 {
			out = append(out, fmt.Sprintf("%s: no prompt was answered", arm.Arm))
		}
	}
	return append(out, doubts(s)...)
}

// thin says in how many arms a percentile rests on too few prompts.
func thin(arms []Arm, name string, q float64) []string {
	n := 0
	for _, arm := range arms {
		if arm.Answered > 0 && float64(arm.Answered)*(1-q) < beyond {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s rests on fewer than %d prompts beyond it in %d of %d arms", name, beyond, n, len(arms))}
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
