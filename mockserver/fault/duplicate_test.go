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

func TestDuplicateAnswersTwice(t *testing.T) {
	slept := &waits{}
	address := serve(t, slept, func() *fault.Reply {
		r := whole(`{"a":1}`)
		r.Parts[0].Wait = 7
		fault.Duplicate{}.Spoil(r, first)
		if !slices.Equal(r.Dealt, []string{"duplicate"}) {
			t.Errorf("dealt %v", r.Dealt)
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
	if rest, err := io.ReadAll(reader); len(rest) > 0 || err != nil {
		t.Errorf("then %q (%v)", rest, err)
	}
	if got := talkHTTP2(t, address); got.body != `{"a":1}{"a":1}` || got.header["content-length"] != "14" || !got.ended {
		t.Errorf("HTTP/2: %+v", got)
	}
	if len(slept.all) != 4 {
		t.Errorf("two answers twice waited %v", slept.all)
	}
}

func TestDuplicateDoublesWhatEventsSay(t *testing.T) {
	build := func() *fault.Reply {
		r := events("a", "b")
		r.Parts[0].Wait = 5
		r.Parts = slices.Insert(r.Parts, 0, fault.Part{Bytes: []byte("data: {}\n\n")}) // says nothing
		return r
	}
	r := build()
	fault.Duplicate{}.Spoil(r, first)
	a, b := `data: {"text":"a"}|`, `data: {"text":"b"}|`
	got := strings.ReplaceAll(body(r), "\n\n", "|")
	if want := "data: {}|" + a + a + b + b + "data: [DONE]|"; got != want || r.Twice || r.Parts[1].Wait != 5 || r.Parts[2].Wait != 0 {
		t.Errorf("got %s from %+v", got, r.Parts)
	}
	declared := build()
	declared.Length = declared.Size()
	fault.Duplicate{}.Spoil(declared, first)
	if declared.Length != r.Size() || !slices.Equal(declared.Dealt, []string{"duplicate"}) {
		t.Errorf("declares %d for %d bytes, dealt %v", declared.Length, r.Size(), declared.Dealt)
	}
	silent := events()
	fault.Duplicate{}.Spoil(silent, first)
	if len(silent.Dealt) > 0 || len(silent.Parts) != 1 {
		t.Errorf("%+v", silent)
	}
}

// Pieces without a declared length need one where net/http does not make chunks.
func TestDuplicateDeclaresALength(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply {
		r := whole("abc")
		r.Length = -1
		fault.Duplicate{}.Spoil(r, first)
		return r
	})
	if _, body, err := talk(t, address); err != nil || strings.Count(body, "Content-Length: 3") != 1 || !strings.HasPrefix(body, "abcHTTP/1.1 200 OK\r\n") {
		t.Errorf("got %q (%v)", body, err)
	}
}
