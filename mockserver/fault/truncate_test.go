package fault_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestTruncateEndsBeforeTheDeclaredLength(t *testing.T) {
	for keep, want := range map[float64]string{0: "", 0.5: "abc", 0.99: "abcde", 1: "abcde"} {
		address := serve(t, &recordingSleeper{}, func() *fault.Reply {
			r := onePiece("abcdef")
			r.Parts = []fault.Part{{Bytes: []byte("ab")}, {Bytes: []byte("cdef")}}
			fault.Truncate{Keep: keep}.Apply(r, zeroDraw)
			if !slices.Equal(r.Injected, []string{"truncate"}) {
				t.Errorf("injected %v", r.Injected)
			}
			return r
		})
		header, body, err := exchangeHTTP1(t, address)
		if err != nil || body != want || !strings.Contains(header, "Content-Length: 6") {
			t.Errorf("HTTP/1.1, %v kept: %q and %q, then %v", keep, header, body, err)
		}
		if got := exchangeHTTP2(t, address); got.body != want || got.header["content-length"] != "6" || !got.ended {
			t.Errorf("HTTP/2, %v kept: %+v", keep, got)
		}
		for _, http2Only := range []bool{false, true} {
			if _, err := fetchBody(t, address, http2Only); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("Go's client reports %v", err)
			}
		}
	}
	empty := onePiece("")
	fault.Truncate{}.Apply(empty, zeroDraw)
	if len(empty.Injected) > 0 || empty.End != fault.EndComplete {
		t.Errorf("an empty body was truncated: %+v", empty)
	}
}

func TestTruncateOmitsTheLastChunk(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply {
		r := eventStream("a", "b")
		fault.Truncate{Keep: 0.5}.Apply(r, zeroDraw)
		return r
	})
	whole := bodyOf(eventStream("a", "b"))
	if got, err := fetchBody(t, address, false); !errors.Is(err, io.ErrUnexpectedEOF) || got != whole[:len(whole)/2] {
		t.Errorf("got %q and %v", got, err)
	}
}
