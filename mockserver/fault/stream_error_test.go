package fault_test

import (
	"slices"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestStreamErrorReplacesTheLastEvents(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply {
		r := eventStream("a", "b")
		fault.StreamError{Keep: 0.5}.Apply(r, zeroDraw)
		if !slices.Equal(r.Injected, []string{"stream_error"}) {
			t.Errorf("injected %v", r.Injected)
		}
		return r
	})
	const want = "data: {\"text\":\"a\"}\n\ndata: {\"error\":1}\n\n"
	for _, http2Only := range []bool{false, true} {
		if got, err := fetchBody(t, address, http2Only); got != want || err != nil {
			t.Errorf("got %q (%v)", got, err)
		}
	}
	if got := exchangeHTTP2(t, address); got.header[":status"] != "200" || !got.ended {
		t.Errorf("%+v", got)
	}
}

func TestStreamErrorNeedsAStreamAndAnErrorEvent(t *testing.T) {
	declared, noErrorEvent, plain := eventStream("a"), eventStream("a"), onePiece("abc")
	declared.Length, noErrorEvent.Failure = declared.Size(), nil
	for _, r := range []*fault.Reply{declared, noErrorEvent, plain} {
		before := bodyOf(r)
		fault.StreamError{Keep: 1}.Apply(r, zeroDraw)
		if hit := r == declared; (len(r.Injected) > 0) != hit || (bodyOf(r) == before) == hit {
			t.Errorf("%+v", r)
		}
	}
	if declared.Length != declared.Size() {
		t.Errorf("declares %d for %d bytes", declared.Length, declared.Size())
	}
}
