package page

import (
	"testing"

	"weighbridge/bench/record/recordtest"
)

// A title that is a question keeps its mark, and gets no full stop after it.
func TestHeadlineOfAQuestion(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"When does it pay?": "When does it pay? Valid.",
		"HTTP/1.1 or not":   "HTTP/1.1 or not. Valid.",
		"It does.":          "It does. Valid.",
	} {
		rec := recordtest.Record(recordtest.Small())
		rec.Scenario.Title, rec.Invalid, rec.Quick = title, nil, false
		if got := Headline(rec); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		rec.Invalid = []string{"late"}
		if got, bad := Headline(rec), "INVALID: "+want[:len(want)-len("Valid.")]+"These figures do not count."; got != bad {
			t.Errorf("%q, want %q", got, bad)
		}
	}
}
