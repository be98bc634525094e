package fault_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"

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

// The events that are kept come whole, and then no client can take it for the end.
func TestTruncateStreamEndsAbruptly(t *testing.T) {
	for keep, kept := range map[float64][]string{0: nil, 0.5: {"a"}, 1: {"a", "b", "c"}} {
		want := body(events(kept...))
		want = want[:len(want)-len("data: [DONE]\n\n")]
		address := serve(t, &waits{}, func() *fault.Reply {
			r := events("a", "b", "c")
			fault.TruncateStream{Keep: keep, End: "abrupt"}.Spoil(r, first)
			return r
		})
		header, raw, err := talk(t, address)
		if err != nil || !strings.Contains(header, "chunked") || strings.HasSuffix(raw, "0\r\n\r\n") {
			t.Errorf("HTTP/1.1, %v kept: %q and %q, then %v", keep, header, raw, err)
		}
		if got := talkHTTP2(t, address); got.body != want || got.ended || got.reset == nil || *got.reset != http2.ErrCodeInternal {
			t.Errorf("HTTP/2, %v kept: %+v", keep, got)
		}
		if got, err := fetch(t, address, false); got != want || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a client of HTTP/1.1, %v kept: %q (%v), want %q", keep, got, err, want)
		}
		if got, err := fetch(t, address, true); got != want || err == nil || !strings.Contains(err.Error(), "stream error") {
			t.Errorf("a client of HTTP/2, %v kept: %q (%v), want %q", keep, got, err, want)
		}
	}
	plain := whole("abc")
	if (fault.TruncateStream{End: "abrupt"}).Spoil(plain, first); plain.End != fault.EndWhole {
		t.Errorf("what is no stream has its end: %+v", plain)
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
