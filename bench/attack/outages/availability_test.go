package outages

import (
	"testing"
	"time"
)

func TestAvailability(t *testing.T) {
	const step = availabilityStep
	for name, row := range map[string]struct {
		prompts  string // one per tenth of a second: + ten answered, - ten failed, . one failed, space none due, * one of each
		duration time.Duration
		want     time.Duration
	}{
		"all answered":                     {"++++++++++", 10 * step, 0},
		"an outage":                        {"+++---++++", 10 * step, 3 * step},
		"one of two was answered":          {"+++-*-++++", 10 * step, 2 * step},
		"a gap in an outage belongs to it": {"++-  -++++", 10 * step, 4 * step},
		"a gap after an answer does not":   {"++  --++++", 10 * step, 2 * step},
		"nothing was due":                  {"          ", 10 * step, 0},
		"until the end":                    {"+++++-    ", 10 * step, 5 * step},
		"all failed":                       {"----------", 10 * step, 10 * step},
		"the last step is a part of one":   {"---", 2*step + step/2, 2*step + step/2},
		"a prompt at the very end":         {"+++-", 3 * step, 0}, // is counted in the last step
		"in a slice shorter than one step": {"-", step / 4, step / 4},
		"that begins later in its attack":  {"+-+", 3 * step, step},
		"a lost prompt now and then":       {"+++.+.+..+", 10 * step, 0},
		"ten in a row, one per step":       {"+..........+", 12 * step, 10 * step},
		"nine in a row, and nine more":     {"+.........+.........+", 21 * step, 0},
		"nine in a row, one per step":      {"+.........+", 11 * step, 0},
	} {
		const from = 7 * time.Second
		a := NewAvailability(from, row.duration)
		for i, c := range row.prompts {
			due := from + time.Duration(i)*step
			answered, failed := map[rune]int{'+': 10, '*': 1}[c], map[rune]int{'-': 10, '.': 1, '*': 1}[c]
			for range answered {
				a.Add(due, false)
			}
			for range failed {
				a.Add(due+step/2, true)
			}
		}
		if got := a.Unavailable(); got != row.want {
			t.Errorf("%s: %v, want %v", name, got, row.want)
		}
	}
}
