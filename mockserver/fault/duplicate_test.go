package fault_test

import (
	"bufio"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestDuplicateSendsTheAnswerTwice(t *testing.T) {
	slept := &recordingSleeper{}
	address := serve(t, slept, func() *fault.Reply {
		r := onePiece(`{"a":1}`)
		r.Parts[0].Wait = 7
		fault.Duplicate{}.Apply(r, zeroDraw)
		if !slices.Equal(r.Injected, []string{"duplicate"}) {
			t.Errorf("injected %v", r.Injected)
		}
		return r
	})
	conn := dial(t, address)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	reader := bufio.NewReader(conn)
	for i := range 2 {
		answer, err := http.ReadResponse(reader, nil)
		if err != nil {
			t.Fatalf("answer %d: %v", i, err)
		}
		if text, err := io.ReadAll(answer.Body); string(text) != `{"a":1}` || err != nil || answer.StatusCode != 200 || answer.Close {
			t.Errorf("answer %d: %v %q (%v)", i, answer, text, err)
		}
	}
	if surplus, err := io.ReadAll(reader); len(surplus) > 0 || err != nil {
		t.Errorf("after two answers come %q (%v)", surplus, err)
	}
	if got := exchangeHTTP2(t, address); got.body != `{"a":1}{"a":1}` || got.header["content-length"] != "14" || !got.ended {
		t.Errorf("HTTP/2: %+v", got)
	}
	if len(slept.all) != 4 {
		t.Errorf("two duplicated answers waited %v, want 4 waits", slept.all)
	}
}

func TestDuplicateDoublesContentEvents(t *testing.T) {
	build := func() *fault.Reply {
		r := eventStream("a", "b")
		r.Parts[0].Wait = 5
		r.Parts = slices.Insert(r.Parts, 0, fault.Part{Bytes: []byte("data: {}\n\n")}) // has no text
		return r
	}
	r := build()
	fault.Duplicate{}.Apply(r, zeroDraw)
	a, b := `data: {"text":"a"}|`, `data: {"text":"b"}|`
	got := strings.ReplaceAll(bodyOf(r), "\n\n", "|")
	if want := "data: {}|" + a + a + b + b + "data: [DONE]|"; got != want || r.Twice || r.Parts[1].Wait != 5 || r.Parts[2].Wait != 0 {
		t.Errorf("got %s from %+v", got, r.Parts)
	}
	declared := build()
	declared.Length = declared.Size()
	fault.Duplicate{}.Apply(declared, zeroDraw)
	if declared.Length != r.Size() || !slices.Equal(declared.Injected, []string{"duplicate"}) {
		t.Errorf("declares %d for %d bytes, injected %v", declared.Length, r.Size(), declared.Injected)
	}
	empty := eventStream()
	fault.Duplicate{}.Apply(empty, zeroDraw)
	if len(empty.Injected) > 0 || len(empty.Parts) != 1 {
		t.Errorf("%+v", empty)
	}
}

// Two raw answers need a declared length, as they are not chunked.
func TestDuplicateDeclaresALength(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply {
		r := onePiece("abc")
		r.Length = -1
		fault.Duplicate{}.Apply(r, zeroDraw)
		return r
	})
	if _, body, err := exchangeHTTP1(t, address); err != nil || strings.Count(body, "Content-Length: 3") != 1 || !strings.HasPrefix(body, "abcHTTP/1.1 200 OK\r\n") {
		t.Errorf("got %q (%v)", body, err)
	}
}
