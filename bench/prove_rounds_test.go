//go:build prove

package bench_test

import "testing"

// inOneRound measures until a round finds nothing wrong, three times at most. A machine that is busy for a moment spoils a round,
// and a program that measures wrongly spoils all.
func inOneRound(t *testing.T, round func() (wrong []string)) {
	t.Helper()
	var wrong []string
	for n := range 3 {
		if wrong = round(); len(wrong) == 0 {
			return
		}
		t.Logf("round %d: %q", n+1, wrong)
	}
	for _, what := range wrong {
		t.Error(what)
	}
}
