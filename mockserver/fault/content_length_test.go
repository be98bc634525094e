package fault_test

import (
	"errors"
	"io"
	"strings"
	"testing"

	"weighbridge/mockserver/fault"
)

func TestContentLengthIsWrong(t *testing.T) {
	for off, test := range map[int]struct {
		length1, length2 string
		client1          string // what a client of HTTP/1.1 reads
		broken           bool
	}{
		1:  {"7", "7", "abcdef", true},
		-2: {"4", "8", "abcd", false},
	} {
		address := serve(t, &recordingSleeper{}, func() *fault.Reply {
			r := onePiece("abcdef")
			fault.ContentLength{Off: off}.Apply(r, zeroDraw)
			if len(r.Injected) != 1 || r.Injected[0] != "content_length" {
				t.Errorf("injected %v", r.Injected)
			}
			return r
		})
		header, body, err := exchangeHTTP1(t, address) // everything is sent, then the connection is closed
		if err != nil || body != "abcdef" || !strings.Contains(header, "Content-Length: "+test.length1+"\r\n") {
			t.Errorf("HTTP/1.1, off by %d: %q and %q, then %v", off, header, body, err)
		}
		got, err := fetchBody(t, address, false)
		if got != test.client1 || errors.Is(err, io.ErrUnexpectedEOF) != test.broken || err != nil && !test.broken {
			t.Errorf("HTTP/1.1, off by %d: a client reads %q (%v)", off, got, err)
		}
		if got := exchangeHTTP2(t, address); got.header["content-length"] != test.length2 || got.body != "abcdef" || !got.ended {
			t.Errorf("HTTP/2, off by %d: %+v", off, got)
		}
	}
}

func TestContentLengthIsNeverNegative(t *testing.T) {
	for _, test := range []struct {
		reply    *fault.Reply
		off      int
		length   int
		injected bool
	}{
		{onePiece("abc"), -5, 0, true},
		{onePiece(""), -5, 0, false},
		{onePiece("abc"), 0, 3, false},
		{eventStream(), 2, len("data: [DONE]\n\n") + 2, true},
	} {
		fault.ContentLength{Off: test.off}.Apply(test.reply, zeroDraw)
		if test.reply.Length != test.length || (len(test.reply.Injected) > 0) != test.injected {
			t.Errorf("off by %d: %+v", test.off, test.reply)
		}
	}
}
