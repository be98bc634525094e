package reports

import (
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

func TestWarningsAreInEveryFormat(t *testing.T) {
	t.Parallel()
	short := recordtest.Matrix()
	short.Blocks = 3
	rec := recordtest.Interrupted(recordtest.Record(short))
	const ofRun, ofArm = "two levels of batching make the same arm", "p99 rests on fewer than 10 prompts beyond it"
	const ofComparison = "p99 is not compared where fewer than 10 prompts lie beyond it in all blocks together"
	for _, format := range Formats() {
		if strings.HasPrefix(format, csvPrefix) && format != csvPrefix+"warnings" {
			continue // every row says whether it is valid, and there is a table of the warnings
		}
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

	// A warning says which arms it is about.
	named := (&Judged{Record: rec}).Summary().Warnings
	for _, want := range []string{
		"no prompt was answered in " + rec.Arms[5].Name,
		"p999 rests on fewer than 10 prompts beyond it in 7 of 8 arms",
	} {
		if !slices.ContainsFunc(named, func(w string) bool { return strings.HasPrefix(w, want) }) {
			t.Errorf("%q is not among %q", want, named)
		}
	}
}

// Arms whose answers were not equally long are no fair comparison, which a warning says.
func TestArmsWithAnswersOfAnotherLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answers, tokens uint64 // of the first arm, by block
		mocked, warned  bool
	}{
		{40, 400, false, false},
		{40, 430, false, false},
		{40, 450, false, true},
		{40, 200, false, true},
		{40, 200, true, false},
		{1, 5, false, false},
	} {
		rec := recordtest.WithStreams()
		for i := range rec.Arms {
			arm := &rec.Arms[i]
			arm.Ledger = nil
			if c.mocked {
				arm.Ledger = &record.Ledger{}
			}
			answers, tokens := uint64(40), uint64(400)
			if i == 0 {
				answers, tokens = c.answers, c.tokens
			}
			for k := range arm.Blocks {
				s := arm.Blocks[k].Open
				if s.UsageInWindow, s.OutputInWindow = 0, 0; k == 0 {
					s.UsageInWindow, s.OutputInWindow = answers, tokens
				}
				if s := arm.Blocks[k].Closed; s != nil {
					s.UsageInWindow, s.OutputInWindow = 0, 0
				}
			}
		}
		found := slices.ContainsFunc((&Judged{Record: rec}).Summary().Warnings, func(w string) bool { return strings.HasPrefix(w, "answers had ") })
		if found != c.warned {
			t.Errorf("%+v: warned %v", c, found)
		}
	}
}

// Arms that the prompt cache served differently are no fair comparison, which a warning says.
func TestArmsThatTheCacheServedDifferently(t *testing.T) {
	t.Parallel()
	rec := recordtest.WithStreams()
	usage := func(arm int, cached uint64) {
		for i := range rec.Arms[arm].Blocks {
			rec.Arms[arm].Blocks[i].Open.Usage = &record.Usage{
				Answers: 10, Input: record.Reported{Answers: 10, Tokens: 1000}, Cached: record.Reported{Answers: 10, Tokens: cached},
			}
		}
	}
	for cached, want := range map[uint64]bool{0: true, 280: false, 300: false, 320: false, 700: true} {
		usage(0, cached)
		usage(1, 300)
		found := slices.ContainsFunc((&Judged{Record: rec}).Summary().Warnings, func(w string) bool { return strings.HasPrefix(w, "the prompt cache gave ") })
		if found != want {
			t.Errorf("%d of 1000 tokens beside 300: warned %v, want %v", cached, found, want)
		}
	}
}
