package schedule

import (
	"slices"
	"strings"
	"testing"
	"time"

	"weighbridge/scenarios"
)

func TestOrders(t *testing.T) {
	deck := newDeck([]string{"a", "b", "c", "d", "e"}, 0)
	open := func(order, arm string, first, blocks int) string {
		w := Work{Seed: 1, Arm: arm, Deck: deck, Prompts: scenarios.Prompts{Order: order}}
		next, err := w.Open("open", scenarios.Open{Rate: 7, Arrivals: "constant", Duration: time.Second}, first, blocks)
		if err != nil {
			t.Fatal(err)
		}
		var all strings.Builder
		for p, ok := next(); ok; p, ok = next() {
			all.WriteString(p.Text)
		}
		return all.String()
	}
	closed := func(order string, block int) string {
		w := Work{Seed: 1, Deck: deck, Prompts: scenarios.Prompts{Order: order}}
		next := w.Closed("closed", scenarios.Closed{}, block, 2)
		var all strings.Builder
		for range 4 {
			prompts, _ := next()
			for _, p := range prompts {
				all.WriteString(p.Text)
			}
		}
		return all.String()
	}
	for _, c := range []struct{ what, got, want string }{
		{"in sequence, two blocks", open("sequential", "x", 0, 2), "abcdeabcdeabcd"},
		{"in sequence, the second block alone", open("sequential", "x", 1, 1), "cdeabcd"},
		{"in sequence, another arm", open("sequential", "y", 1, 1), "cdeabcd"},
		{"in sequence, closed", closed("sequential", 3), "abcdeabc"},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %s, want %s", c.what, c.got, c.want)
		}
	}
	for _, got := range []string{open("shuffle", "x", 0, 1), open("shuffle", "y", 4, 1), closed("shuffle", 0), closed("shuffle", 1)} {
		round := []byte(got[:5])
		if slices.Sort(round); string(round) != "abcde" {
			t.Errorf("shuffled: got %s, want each of abcde once in the first five", got)
		}
	}
	first, again := open("shuffle", "x", 0, 1), open("shuffle", "x", 0, 1)
	if first != again || open("shuffle", "x", 0, 9) == open("shuffle", "y", 0, 9) {
		t.Error("a shuffled order must depend on the seed and the arm alone")
	}
}

func TestShuffledOrdersAreEquallyLikely(t *testing.T) {
	const draws = 24_000
	counts := map[[4]int]int{}
	next := shuffled(4, Random(1, "shuffle"))
	for range draws {
		counts[[4]int{next(), next(), next(), next()}]++
	}
	for order, n := range counts {
		if n < 850 || n > 1150 { // five standard deviations from 1000
			t.Errorf("%v came %d times in %d, want about %d", order, n, draws, draws/24)
		}
	}
	if len(counts) != 24 {
		t.Errorf("%d different orders, want 24", len(counts))
	}
}

func TestATraceInSequenceGoesOnThroughItsBlocks(t *testing.T) {
	trace, err := ReadTrace("trace.csv", "", 1, strings.NewReader("0\n0.1\n0.4\n"))
	if err != nil {
		t.Fatal(err)
	}
	w := Work{Deck: newDeck([]string{"a", "b", "c", "d", "e"}, 0), Trace: trace, Prompts: scenarios.Prompts{Order: "sequential"}}
	next, err := w.Open("open", scenarios.Open{Trace: "trace.csv", Duration: 900 * time.Millisecond}, 2, 1)
	if err != nil {
		t.Fatal(err)
	}
	if p, _ := next(); p.Text != "e" || p.Due != 0 { // 1.8 s are three laps of 0.6 s, of three prompts each
		t.Errorf("got %s due after %v, want e at once", p.Text, p.Due)
	}
}
