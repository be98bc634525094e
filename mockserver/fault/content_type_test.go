package fault_test

import (
	"slices"
	"strings"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestContentTypeIsWrong(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply {
		r := onePiece(`{"a":1}`)
		fault.ContentType{Value: "text/html"}.Apply(r, zeroDraw)
		if !slices.Equal(r.Injected, []string{"content_type"}) {
			t.Errorf("injected %v", r.Injected)
		}
		return r
	})
	if got := exchangeHTTP2(t, address); got.header["content-type"] != "text/html" || got.body != `{"a":1}` {
		t.Errorf("HTTP/2: %+v", got)
	}
	f := client(t, false, nil)
	answer, err := f.Get("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if got := strings.Join(answer.Header["Content-Type"], "|"); got != "text/html" {
		t.Errorf("HTTP/1.1: %s", got)
	}
	bare := &fault.Reply{}
	fault.ContentType{Value: "text/html"}.Apply(bare, zeroDraw)
	if bare.Header.Get("Content-Type") != "text/html" {
		t.Errorf("a reply without a header has %v", bare.Header)
	}
}
