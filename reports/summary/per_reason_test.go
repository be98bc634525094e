package summary

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"weighbridge/bench/record"
	"weighbridge/bench/record/recordtest"
)

// A reason that many arms have is one line, with the worst of them.
func TestOneLinePerReason(t *testing.T) {
	t.Parallel()
	rec := recordtest.Base(record.Scenario{}, recordtest.SixteenArms(false).Axes, 1)
	perArm := func(n int, format string) (out []string) {
		for i := range n {
			out = append(out, fmt.Sprintf(format, rec.Arms[i].Name, 5+(i*7)%16))
		}
		return out
	}
	worst := rec.Arms[9].Name // where (i*7)%16 is 15
	for name, c := range map[string]struct{ texts, want []string }{
		"send lag": {
			perArm(16, "%s: send lag p99 is %dms, over 5ms (the larger of 5ms and 10%% of response p99 12.5ms)"),
			[]string{"in 16 of 16 arms, worst in " + worst + ": send lag p99 is 20ms, over 5ms (the larger of 5ms and 10% of response p99 12.5ms)"},
		},
		"too few": {
			perArm(16, "%s: %d of 100 prompts due were handed over, under 99%%"),
			[]string{"in 16 of 16 arms, worst in " + rec.Arms[0].Name + ": 5 of 100 prompts due were handed over, under 99%"},
		},
		"two reasons": {
			slices.Concat(perArm(2, "%s: %d answers did not use HTTP/2"), perArm(3, "arm %s: %d measured requests waited for a credential")),
			[]string{
				"in 2 of 16 arms, worst in " + rec.Arms[0].Name + ": 5 answers did not use HTTP/2",
				"in 3 of 16 arms, worst in " + rec.Arms[0].Name + ": 5 measured requests waited for a credential",
			},
		},
		"one arm":         {perArm(1, "%s: send lag p99 is %dms"), perArm(1, "%s: send lag p99 is %dms")},
		"of no arm":       {[]string{"the clock stepped by 3 ms", "the clock stepped by 4 ms"}, []string{"the clock stepped by 3 ms", "the clock stepped by 4 ms"}},
		"different words": {[]string{"two levels make the same arm", "the record is not verified"}, []string{"two levels make the same arm", "the record is not verified"}},
		"levels": {
			[]string{"p90, batching batch10 vs single: 3 of 15", "p90, protocol h2 vs h1: 9 of 15", "p50, auth jwt vs oauth: 4 of 15", "p90, cache on vs off: 2 of 15"},
			[]string{"p90, batching batch10 vs single: 3 of 15", "p90, protocol h2 vs h1: 9 of 15", "p50, auth jwt vs oauth: 4 of 15", "p90, cache on vs off: 2 of 15"},
		},
		"the like": {
			[]string{"an arm of batching=single: 3 of 15", "an arm of batching=batch10: 9 of 15", "an arm of auth=jwt: 4 of 15"},
			[]string{"an arm of batching=batch10: 9 of 15 (and 2 more like it)"},
		},
	} {
		if got := PerReason(rec, c.texts); !slices.Equal(got, c.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
	}
}
