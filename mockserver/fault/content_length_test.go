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
		address := serve(t, &waits{}, func() *fault.Reply {
			r := whole("abcdef")
			fault.ContentLength{Off: off}.Spoil(r, first)
			if len(r.Dealt) != 1 || r.Dealt[0] != "content_length" {
				t.Errorf("dealt %v", r.Dealt)
			}
			return r
		})
		header, body, err := talk(t, address) // all is sent, and then the connection closed
		if err != nil || body != "abcdef" || !strings.Contains(header, "Content-Length: "+test.length1+"\r\n") {
			t.Errorf("HTTP/1.1, off by %d: %q and %q, then %v", off, header, body, err)
		}
		got, err := fetch(t, address, false)
		if got != test.client1 || errors.Is(err, io.ErrUnexpectedEOF) != test.broken || err != nil && !test.broken {
			t.Errorf("HTTP/1.1, off by %d: a client reads %q (%v)", off, got, err)
		}
		if got := talkHTTP2(t, address); got.header["content-length"] != test.length2 || got.body != "abcdef" || !got.ended {
			t.Errorf("HTTP/2, off by %d: %+v", off, got)
		}
	}
}

func TestContentLengthIsNeverNegative(t *testing.T) {
	for _, test := range []struct {
		reply  *fault.Reply
		off    int
		length int
		dealt  bool
	}{
		{whole("abc"), -5, 0, true},
		{whole(""), -5, 0, false},
		{whole("abc"), 0, 3, false},
		{events(), 2, len("data: [DONE]\n\n") + 2, true},
	} {
		fault.ContentLength{Off: test.off}.Spoil(test.reply, first)
		if test.reply.Length != test.length || (len(test.reply.Dealt) > 0) != test.dealt {
			t.Errorf("off by %d: %+v", test.off, test.reply)
		}
	}
}
