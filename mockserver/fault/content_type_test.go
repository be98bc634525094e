package fault_test

import (
	"slices"
	"strings"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestContentTypeIsWrong(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply {
		r := whole(`{"a":1}`)
		fault.ContentType{Value: "text/html"}.Spoil(r, first)
		if !slices.Equal(r.Dealt, []string{"content_type"}) {
			t.Errorf("dealt %v", r.Dealt)
		}
		return r
	})
	if got := talkHTTP2(t, address); got.header["content-type"] != "text/html" || got.body != `{"a":1}` {
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
	fault.ContentType{Value: "text/html"}.Spoil(bare, first)
	if bare.Header.Get("Content-Type") != "text/html" {
		t.Errorf("a reply without a header has %v", bare.Header)
	}
}
