package fault_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/net/http2"

	"weighbridge/mockserver/fault"
)

func TestResetBreaksOffWhereItIsTold(t *testing.T) {
	for at, test := range map[string]struct {
		header bool
		body   string
	}{
		"":               {false, ""},
		"before_headers": {false, ""},
		"after_headers":  {true, ""},
		"mid_body":       {true, "abc"},
	} {
		t.Run(at, func(t *testing.T) {
			address := serve(t, &waits{}, func() *fault.Reply {
				r := whole("abcde")
				fault.Reset{At: at}.Spoil(r, first)
				if !slices.Equal(r.Dealt, []string{"reset"}) {
					t.Errorf("dealt %v", r.Dealt)
				}
				return r
			})
			header, body, err := talk(t, address)
			if !errors.Is(err, syscall.ECONNRESET) || body != test.body ||
				strings.Contains(header, "Content-Length: 5") != test.header || (header == "") == test.header {
				t.Errorf("HTTP/1.1: %q and %q, then %v", header, body, err)
			}
			got := talkHTTP2(t, address)
			if got.reset == nil || *got.reset != http2.ErrCodeInternal || got.body != test.body ||
				(got.header["content-length"] == "5") != test.header || got.goaway != nil {
				t.Errorf("HTTP/2: %+v", got)
			}
		})
	}
}

// TLS must not say goodbye before the reset, nor HTTP/2 end the connection.
func TestResetOverTLS(t *testing.T) {
	serverConfig, clientConfig := secured(t)
	address := listen(t, serverConfig, func(w http.ResponseWriter, r *http.Request) { fault.Abort(w, r) })
	conn := tls.Client(dial(t, address), clientConfig)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(conn); !errors.Is(err, syscall.ECONNRESET) || len(rest) > 0 {
		t.Errorf("got %q and %v", rest, err)
	}
	f := dialHTTP2(t, overTLS(t, address, clientConfig))
	for range 2 {
		id := f.ask(t, "/")
		if got := f.hear(t, 1)[id]; got.reset == nil || *got.reset != http2.ErrCodeInternal {
			t.Errorf("HTTP/2: %+v", got)
		}
	}
}

// A reset takes what a duplicate began with it.
func TestResetIsTheEnd(t *testing.T) {
	r := whole("abc")
	fault.Duplicate{}.Spoil(r, first)
	fault.Reset{At: "after_headers"}.Spoil(r, first)
	if r.Twice || r.End != fault.EndReset || !slices.Equal(r.Dealt, []string{"duplicate", "reset"}) {
		t.Errorf("%+v", r)
	}
}
