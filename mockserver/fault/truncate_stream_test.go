package fault_test

import (
	"slices"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestTruncateStreamDropsTheLastEvents(t *testing.T) {
	for keep, kept := range map[float64][]string{0: nil, 0.5: {"a"}, 1: {"a", "b", "c"}} {
		want := body(events(kept...))
		want = want[:len(want)-len("data: [DONE]\n\n")]
		address := serve(t, &waits{}, func() *fault.Reply {
			r := events("a", "b", "c")
			fault.TruncateStream{Keep: keep}.Spoil(r, first)
			if !slices.Equal(r.Dealt, []string{"truncate_stream"}) {
				t.Errorf("dealt %v", r.Dealt)
			}
			return r
		})
		for _, http2Only := range []bool{false, true} {
			if got, err := fetch(t, address, http2Only); got != want || err != nil {
				t.Errorf("%v kept: %q (%v), want %q", keep, got, err, want)
			}
		}
	}
}

func TestTruncateStreamKeepsLengthsTrueAndOtherAnswersWhole(t *testing.T) {
	declared := events("a", "b")
	declared.Length = declared.Size()
	unmarked := events("a")
	unmarked.Parts[1].Last = false
	plain := whole("abc")
	for _, r := range []*fault.Reply{declared, unmarked, plain} {
		fault.TruncateStream{Keep: 1}.Spoil(r, first)
	}
	if declared.Length != declared.Size() || len(declared.Parts) != 2 {
		t.Errorf("%+v", declared)
	}
	if len(unmarked.Parts) != 1 {
		t.Errorf("a stream without a last event keeps all: %+v", unmarked)
	}
	if len(plain.Dealt) > 0 || body(plain) != "abc" {
		t.Errorf("%+v", plain)
	}
}
