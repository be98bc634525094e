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

func TestResetAt(t *testing.T) {
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
			address := serve(t, &recordingSleeper{}, func() *fault.Reply {
				r := onePiece("abcde")
				fault.Reset{At: at}.Apply(r, zeroDraw)
				if !slices.Equal(r.Injected, []string{"reset"}) {
					t.Errorf("injected %v", r.Injected)
				}
				return r
			})
			header, body, err := exchangeHTTP1(t, address)
			if !errors.Is(err, syscall.ECONNRESET) || body != test.body ||
				strings.Contains(header, "Content-Length: 5") != test.header || (header == "") == test.header {
				t.Errorf("HTTP/1.1: %q and %q, then %v", header, body, err)
			}
			got := exchangeHTTP2(t, address)
			if got.reset == nil || *got.reset != http2.ErrCodeInternal || got.body != test.body ||
				(got.header["content-length"] == "5") != test.header || got.goaway != nil {
				t.Errorf("HTTP/2: %+v", got)
			}
		})
	}
}

// There must be no close_notify before the reset on HTTP/1.1, and on HTTP/2 the
// connection must stay open.
func TestResetOverTLS(t *testing.T) {
	serverConfig, clientConfig := tlsConfigs(t)
	address := listen(t, serverConfig, func(w http.ResponseWriter, r *http.Request) { fault.Abort(w, r) })
	conn := tls.Client(dial(t, address), clientConfig)
	if _, err := io.WriteString(conn, getOverHTTP1); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); !errors.Is(err, syscall.ECONNRESET) || len(got) > 0 {
		t.Errorf("got %q and %v", got, err)
	}
	f := dialHTTP2(t, dialTLS(t, address, clientConfig))
	for range 2 {
		id := f.sendRequest(t, "/")
		if got := f.readResponses(t, 1)[id]; got.reset == nil || *got.reset != http2.ErrCodeInternal {
			t.Errorf("HTTP/2: %+v", got)
		}
	}
}

// A reset takes precedence over an earlier duplicate.
func TestResetCancelsDuplicate(t *testing.T) {
	r := onePiece("abc")
	fault.Duplicate{}.Apply(r, zeroDraw)
	fault.Reset{At: "after_headers"}.Apply(r, zeroDraw)
	if r.Twice || r.End != fault.EndReset || !slices.Equal(r.Injected, []string{"duplicate", "reset"}) {
		t.Errorf("%+v", r)
	}
}
