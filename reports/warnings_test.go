package reports

import (
	"slices"
	"strings"
	"testing"
)

func TestWarningsTravelIntoEveryFormat(t *testing.T) {
	t.Parallel()
	short := matrixShape()
	short.blocks = 3
	rec := broken(synthetic(short))
	const ofRun, ofArm = "two levels of batching make the same arm", "p99 rests on fewer than 10 prompts beyond it"
	const ofComparison = "p99 is not compared where fewer than 10 prompts lie beyond it in all blocks together"
	for _, format := range Formats() {
		text := strings.Join(strings.Fields(string(written(t, format, rec))), " ")
		for _, want := range []string{ofRun, ofArm, ofComparison} {
			if want == ofComparison && format == "csv" {
				continue // it has arms alone
			}
			if !strings.Contains(text, want) {
				t.Errorf("%s leaves out: %s", format, want)
			}
		}
	}

	// A doubt says which arms it is about.
	named := Summarize(Judged{Record: rec}).Warnings
	for _, want := range []string{
		"no prompt was answered in " + rec.Arms[5].Name,
		"p999 rests on fewer than 10 prompts beyond it in 7 of 8 arms",
	} {
		if !slices.ContainsFunc(named, func(w string) bool { return strings.HasPrefix(w, want) }) {
			t.Errorf("%q is not among %q", want, named)
		}
	}
}

// A doubt of the judgement is in the reports too, but not said twice.
func TestWarningsOfTheJudgement(t *testing.T) {
	t.Parallel()
	j := judged(regressed())
	const known = "p99 is not compared where fewer than 10 prompts lie beyond it in all blocks together"
	j.Judgement.Rules[2].Findings[3].Warnings = []string{known}
	got := Summarize(j).Warnings
	for _, want := range []string{
		known, "5 baseline records of another machine",
		"rests on 12 of 15 blocks (p50, protocol h2 vs h1, batching=single,auth=oauth)",
	} {
		n := 0
		for _, w := range got {
			if strings.HasPrefix(w, want) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q is said %d times in %q", want, n, got)
		}
	}
}
