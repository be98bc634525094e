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

func refusedStream(t *testing.T) *fault.Reply {
	r := onePiece("abc")
	fault.RefusedStream{}.Apply(r, zeroDraw)
	if !slices.Equal(r.Injected, []string{"refused_stream"}) {
		t.Errorf("injected %v", r.Injected)
	}
	return r
}

func TestRefusedStreamHasNoAnswer(t *testing.T) {
	address := serve(t, &recordingSleeper{}, func() *fault.Reply { return refusedStream(t) })
	if got := exchangeHTTP2(t, address); got.reset == nil || *got.reset != http2.ErrCodeRefusedStream || len(got.header) > 0 || got.body != "" {
		t.Errorf("HTTP/2: %+v", got)
	}
	if header, _, err := exchangeHTTP1(t, address); !errors.Is(err, syscall.ECONNRESET) || header != "" {
		t.Errorf("HTTP/1.1: %q, then %v", header, err)
	}
}

// Go's client retries automatically, including the body.
func TestRefusedStreamIsRetriedByGo(t *testing.T) {
	serverConfig, clientConfig := tlsConfigs(t)
	for name, secure := range map[string]bool{"cleartext": false, "TLS": true} {
		t.Run(name, func(t *testing.T) {
			var arrived atomic.Int64
			handler := func(w http.ResponseWriter, r *http.Request) {
				text, err := io.ReadAll(r.Body)
				if err != nil || string(text) != "prompt" {
					t.Errorf("the body is %q (%v)", text, err)
				}
				reply := onePiece("abc")
				if arrived.Add(1) == 1 {
					reply = refusedStream(t)
				}
				if err := reply.Send(w, r, &recordingSleeper{}); err != nil {
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
			if string(text) != "abc" || err != nil || arrived.Load() != 2 || answer.ProtoMajor != 2 {
				t.Errorf("%s %q (%v) after %d requests", answer.Proto, text, err, arrived.Load())
			}
		})
	}
}
