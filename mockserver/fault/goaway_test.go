package fault_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/http2"

	"weighbridge/mockserver/fault"
)

func TestGoawayIsSaidBesideTheAnswer(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply {
		r := whole("abc")
		fault.Goaway{}.Spoil(r, first)
		if !slices.Equal(r.Dealt, []string{"goaway"}) {
			t.Errorf("dealt %v", r.Dealt)
		}
		return r
	})
	header, body, err := talk(t, address) // which ends, as the connection is closed
	if err != nil || body != "abc" || !strings.Contains(header, "Connection: close") {
		t.Errorf("HTTP/1.1: %q and %q, then %v", header, body, err)
	}
	f := dialHTTP2(t, dial(t, address))
	id := f.ask(t, "/")
	got := f.hear(t, 1)[id]
	if got.body != "abc" || !got.ended || got.header["connection"] != "" {
		t.Errorf("HTTP/2: %+v", got)
	}
	for got.goaway == nil { // it may follow the answer
		frame, err := f.ReadFrame()
		if err != nil {
			t.Fatal("no GOAWAY: ", err)
		}
		if frame, ok := frame.(*http2.GoAwayFrame); ok {
			got.goaway = &frame.ErrCode
		}
	}
	if *got.goaway != http2.ErrCodeNo {
		t.Errorf("GOAWAY says %v", *got.goaway)
	}
}
