package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/gate"
	"weighbridge/reports/reportstest"
)

func TestAnnotationsOfEachVerdict(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		judgement gate.RunVerdict
		want      []string
	}{
		"pass":       {reportstest.Passed(), []string{"::notice title=matrix::Pass: 1 rule holds, on 15 blocks"}},
		"no verdict": {gate.RunVerdict{}, nil},
		"regression": {reportstest.Regressed(), []string{
			"::error title=matrix%3A h2 is no slower::regression: p90, protocol h2 vs h1, batching=single,auth=oauth is 1.08× (95%25 interval 1.05–1.12), p = 0.00042 (α = 0.005)",
			"::warning title=matrix%3A batches carry more::inconclusive: 1.5 lies inside its bounds",
		}},
		"inconclusive": {reportstest.Uncertain(), []string{"::warning title=matrix%3A batches carry more::inconclusive: 1.5 lies inside its bounds"}},
		"invalid": {reportstest.Uncounted(), []string{
			"::error title=matrix is invalid::send lag p99 of 9.1 ms is over 5 ms",
			"::error title=matrix is invalid::arm x: 4 answers spoke HTTP/1.1, not HTTP/2",
		}},
		"invalid, who knows why": {gate.RunVerdict{Verdict: gate.Invalid}, []string{
			"::error title=matrix is invalid::Invalid: these figures do not count, and no rule was judged",
		}},
		"regression, who knows where": {gate.RunVerdict{Verdict: gate.Regression}, []string{"::error title=matrix::regression"}},
	} {
		if got := Annotations(reportstest.Judged(c.judgement)); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestAnnotationsAreNoMoreThanGitHubShows(t *testing.T) {
	t.Parallel()
	j := gate.RunVerdict{Verdict: gate.Regression}
	for _, n := range []int{10, 11, 25} {
		j.Rules = nil
		for i := range n {
			j.Rules = append(j.Rules, gate.RuleVerdict{Name: fmt.Sprint(i), Verdict: gate.Regression, Why: "slower"})
			j.Rules = append(j.Rules, gate.RuleVerdict{Name: fmt.Sprint(i), Verdict: gate.Inconclusive, Why: "noise"})
		}
		got := Annotations(reportstest.Judged(j))
		if len(got) != 20 || !strings.HasPrefix(got[9], "::error title=matrix%3A 9::") || !strings.HasPrefix(got[19], "::warning title=matrix%3A 9::") {
			t.Fatalf("of %d rules of two verdicts: %q", n, got)
		}
		for _, last := range []string{got[9], got[19]} {
			if more := fmt.Sprintf(" (and %d more like this)", n-10); strings.HasSuffix(last, more) != (n > 10) {
				t.Errorf("the last of %d is %q", n, last)
			}
		}
	}
}

// A line break or a colon in a name must not end the command, or begin another.
func TestAnnotationsEscape(t *testing.T) {
	t.Parallel()
	j := reportstest.Regressed()
	j.Rules[2].Name, j.Rules[2].Why = "a:b,c%\n::stop-commands::x", "50%, d:e\r\n::error::f"
	want := `::error title=matrix%3A a%3Ab%2Cc%25 \%3A%3Astop-commands%3A%3Ax::regression: 50%25, d:e \::error::f`
	if got := Annotations(reportstest.Judged(j))[0]; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	if got, want := commandData("a%\r\n:,"), "a%25%0D%0A:,"; got != want {
		t.Errorf("data %q, want %q", got, want)
	}
	if got, want := commandProperty("a%\r\n:,"), "a%25%0D%0A%3A%2C"; got != want {
		t.Errorf("property %q, want %q", got, want)
	}
}
