package fault_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestTruncateEndsBeforeTheLength(t *testing.T) {
	for keep, want := range map[float64]string{0: "", 0.5: "abc", 0.99: "abcde", 1: "abcde"} {
		address := serve(t, &waits{}, func() *fault.Reply {
			r := whole("abcdef")
			r.Parts = []fault.Part{{Bytes: []byte("ab")}, {Bytes: []byte("cdef")}}
			fault.Truncate{Keep: keep}.Spoil(r, first)
			if !slices.Equal(r.Dealt, []string{"truncate"}) {
				t.Errorf("dealt %v", r.Dealt)
			}
			return r
		})
		header, body, err := talk(t, address)
		if err != nil || body != want || !strings.Contains(header, "Content-Length: 6") {
			t.Errorf("HTTP/1.1, %v kept: %q and %q, then %v", keep, header, body, err)
		}
		if got := talkHTTP2(t, address); got.body != want || got.header["content-length"] != "6" || !got.ended {
			t.Errorf("HTTP/2, %v kept: %+v", keep, got)
		}
		for _, http2Only := range []bool{false, true} {
			if _, err := fetch(t, address, http2Only); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("a client takes it for %v", err)
			}
		}
	}
	empty := whole("")
	fault.Truncate{}.Spoil(empty, first)
	if len(empty.Dealt) > 0 || empty.End != fault.EndWhole {
		t.Errorf("nothing was truncated: %+v", empty)
	}
}

func TestTruncateLeavesChunksWithoutEnd(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply {
		r := events("a", "b")
		fault.Truncate{Keep: 0.5}.Spoil(r, first)
		return r
	})
	whole := body(events("a", "b"))
	if got, err := fetch(t, address, false); !errors.Is(err, io.ErrUnexpectedEOF) || got != whole[:len(whole)/2] {
		t.Errorf("got %q and %v", got, err)
	}
}
