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
		want := bodyOf(eventStream(kept...))
		want = want[:len(want)-len("data: [DONE]\n\n")]
		address := serve(t, &recordingSleeper{}, func() *fault.Reply {
			r := eventStream("a", "b", "c")
			fault.TruncateStream{Keep: keep}.Apply(r, zeroDraw)
			if !slices.Equal(r.Injected, []string{"truncate_stream"}) {
				t.Errorf("injected %v", r.Injected)
			}
			return r
		})
		for _, http2Only := range []bool{false, true} {
			if got, err := fetchBody(t, address, http2Only); got != want || err != nil {
				t.Errorf("%v kept: %q (%v), want %q", keep, got, err, want)
			}
		}
	}
}

// The kept events arrive completely, and then every client notices the abrupt end.
func TestTruncateStreamEndsAbruptly(t *testing.T) {
	for keep, kept := range map[float64][]string{0: nil, 0.5: {"a"}, 1: {"a", "b", "c"}} {
		want := bodyOf(eventStream(kept...))
		want = want[:len(want)-len("data: [DONE]\n\n")]
		address := serve(t, &recordingSleeper{}, func() *fault.Reply {
			r := eventStream("a", "b", "c")
			fault.TruncateStream{Keep: keep, End: "abrupt"}.Apply(r, zeroDraw)
			return r
		})
		header, raw, err := exchangeHTTP1(t, address)
		if err != nil || !strings.Contains(header, "chunked") || strings.HasSuffix(raw, "0\r\n\r\n") {
			t.Errorf("HTTP/1.1, %v kept: %q and %q, then %v", keep, header, raw, err)
		}
		if got := exchangeHTTP2(t, address); got.body != want || got.ended || got.reset == nil || *got.reset != http2.ErrCodeInternal {
			t.Errorf("HTTP/2, %v kept: %+v", keep, got)
		}
		if got, err := fetchBody(t, address, false); got != want || !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("a client of HTTP/1.1, %v kept: %q (%v), want %q", keep, got, err, want)
		}
		if got, err := fetchBody(t, address, true); got != want || err == nil || !strings.Contains(err.Error(), "stream error") {
			t.Errorf("a client of HTTP/2, %v kept: %q (%v), want %q", keep, got, err, want)
		}
	}
	plain := onePiece("abc")
	if (fault.TruncateStream{End: "abrupt"}).Apply(plain, zeroDraw); plain.End != fault.EndComplete {
		t.Errorf("an answer that is not a stream was changed: %+v", plain)
	}
}

func TestTruncateStreamAdjustsLengthAndLeavesOtherAnswers(t *testing.T) {
	declared := eventStream("a", "b")
	declared.Length = declared.Size()
	unmarked := eventStream("a")
	unmarked.Parts[1].Last = false
	plain := onePiece("abc")
	for _, r := range []*fault.Reply{declared, unmarked, plain} {
		fault.TruncateStream{Keep: 1}.Apply(r, zeroDraw)
	}
	if declared.Length != declared.Size() || len(declared.Parts) != 2 {
		t.Errorf("%+v", declared)
	}
	if len(unmarked.Parts) != 1 {
		t.Errorf("a stream without a terminal event keeps all events: %+v", unmarked)
	}
	if len(plain.Injected) > 0 || bodyOf(plain) != "abc" {
		t.Errorf("%+v", plain)
	}
}
