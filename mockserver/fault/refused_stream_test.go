package fault_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"golang.org/x/net/http2"

	"weighbridge/mockserver/fault"
)

func refused(t *testing.T) *fault.Reply {
	r := whole("abc")
	fault.RefusedStream{}.Spoil(r, first)
	if !slices.Equal(r.Dealt, []string{"refused_stream"}) {
		t.Errorf("dealt %v", r.Dealt)
	}
	return r
}

func TestRefusedStreamHasNoAnswer(t *testing.T) {
	address := serve(t, &waits{}, func() *fault.Reply { return refused(t) })
	if got := talkHTTP2(t, address); got.reset == nil || *got.reset != http2.ErrCodeRefusedStream || len(got.header) > 0 || got.body != "" {
		t.Errorf("HTTP/2: %+v", got)
	}
	if header, _, err := talk(t, address); !errors.Is(err, syscall.ECONNRESET) || header != "" {
		t.Errorf("HTTP/1.1: %q, then %v", header, err)
	}
}

// Go's client asks again by itself, with its body, and nobody notices.
func TestRefusedStreamIsAskedAgain(t *testing.T) {
	serverConfig, clientConfig := secured(t)
	for name, secure := range map[string]bool{"cleartext": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			var come atomic.Int64
			handler := func(w http.ResponseWriter, r *http.Request) {
				text, err := io.ReadAll(r.Body)
				if err != nil || string(text) != "prompt" {
					t.Errorf("asked with %q (%v)", text, err)
				}
				reply := whole("abc")
				if come.Add(1) == 1 {
					reply = refused(t)
				}
				if err := reply.Send(w, r, &waits{}); err != nil {
					t.Error(err)
				}
			}
			url, config := "http://"+listen(t, nil, handler), clientConfig
			if secure {
				url = "https://" + listen(t, serverConfig, handler)
			}
			answer, err := client(t, true, config).Post(url, "text/plain", strings.NewReader("prompt"))
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if string(text) != "abc" || err != nil || come.Load() != 2 || answer.ProtoMajor != 2 {
				t.Errorf("%s %q (%v) after %d", answer.Proto, text, err, come.Load())
			}
		})
	}
}
