package fault_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"weighbridge/mockserver/fault"
)

func TestGoawayComesWithTheAnswer(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply {
		r := onePiece("abc")
		fault.Goaway{}.Apply(r, zeroDraw)
		if !slices.Equal(r.Injected, []string{"goaway"}) {
			t.Errorf("injected %v", r.Injected)
		}
		return r
	})
	header, body, err := exchangeHTTP1(t, address) // returns because the connection is closed
	if err != nil || body != "abc" || !strings.Contains(header, "Connection: close") {
		t.Errorf("HTTP/1.1: %q and %q, then %v", header, body, err)
	}
	f := dialHTTP2(t, dial(t, address))
	id := f.sendRequest(t, "/")
	got := f.readResponses(t, 1)[id]
	if got.body != "abc" || !got.ended || got.header["connection"] != "" {
		t.Errorf("HTTP/2: %+v", got)
	}
	for got.goaway == nil { // it may come after the answer
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal("no GOAWAY: ", err)
		}
		if frame, ok := frame.(*http2.GoAwayFrame); ok {
			got.goaway = &frame.ErrCode
		}
	}
	if *got.goaway != http2.ErrCodeNo {
		t.Errorf("the code of GOAWAY is %v", *got.goaway)
	}
}
