package fault_test

import (
	"slices"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestStreamErrorTakesThePlaceOfTheRest(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply {
		r := events("a", "b")
		fault.StreamError{Keep: 0.5}.Spoil(r, first)
		if !slices.Equal(r.Dealt, []string{"stream_error"}) {
			t.Errorf("dealt %v", r.Dealt)
		}
		return r
	})
	const want = "data: {\"text\":\"a\"}\n\ndata: {\"error\":1}\n\n"
	for _, http2Only := range []bool{false, true} {
		if got, err := fetch(t, address, http2Only); got != want || err != nil {
			t.Errorf("got %q (%v)", got, err)
		}
	}
	if got := talkHTTP2(t, address); got.header[":status"] != "200" || !got.ended {
		t.Errorf("%+v", got)
	}
}

func TestStreamErrorNeedsAStreamAndWords(t *testing.T) {
	declared, speechless, plain := events("a"), events("a"), whole("abc")
	declared.Length, speechless.Failure = declared.Size(), nil
	for _, r := range []*fault.Reply{declared, speechless, plain} {
		before := body(r)
		fault.StreamError{Keep: 1}.Spoil(r, first)
		if hit := r == declared; (len(r.Dealt) > 0) != hit || (body(r) == before) == hit {
			t.Errorf("%+v", r)
		}
	}
	if declared.Length != declared.Size() {
		t.Errorf("declares %d for %d bytes", declared.Length, declared.Size())
	}
}
