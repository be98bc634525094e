//go:build unix

package attack

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

// The first credential may take longer than client.timeout. If there is none, the error says why
// before a request is sent; but an endpoint that is not there yet is waited for.
func TestTheFirstCredentialIsWaitedFor(t *testing.T) {
	for _, c := range []struct {
		name string
		set  string
		want string
	}{
		{"slow", "target.auth={scheme: exec, command: 'sleep 0.7; echo key'}", ""},
		{"none", "target.auth={scheme: exec, command: 'exit 3'}", "no credential: target.auth.command: the command failed, exit status 3"},
		{"not yet", "target.auth={scheme: oauth, client_id: me, client_secret: '${env:WEIGHBRIDGE_TEST_SECRET}', token_path: 'http://127.0.0.1:1/token'}", "nothing succeeded in the warm-up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("WEIGHBRIDGE_TEST_SECRET", "sesame-4711")
			requests := 0
			server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				requests++
				w.Header().Set("Content-Type", "application/json")
				_, _ = w.Write([]byte("{}"))
			})
			arm := scenario(t, server, "target.dialect=http", "client.timeout=500ms", "load.ready=400ms", c.set)
			a := newArm(t, arm, 1)
			waited := false
			err := a.CheckReachable(t.Context(), func(string) { waited = true })
			switch {
			case c.want == "" && (err != nil || requests == 0):
				t.Errorf("%v after %d requests", err, requests)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || requests > 0):
				t.Errorf("%v after %d requests, want %q", err, requests, c.want)
			case waited != (c.name == "not yet"):
				t.Errorf("waited for the server: %v", waited)
			}
		})
	}
}

// A token request that hangs holds up no other, whatever client.in_flight is.
func TestTokenRequestsDoNotWaitForEachOther(t *testing.T) {
	both := make(chan struct{})
	var asked atomic.Int64
	server := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 2 {
			close(both)
		}
		select {
		case <-both:
		case <-r.Context().Done():
		}
	})
	tokens, err := transport.NewConnections(forTokens(scenario(t, server, "client.in_flight=1")), nil, outbound.Dialer{})
	if err != nil {
		t.Fatal(err)
	}
	defer tokens.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() {
			req, err := http.NewRequestWithContext(ctx, http.MethodPost, server, nil)
			if err != nil {
				t.Error(err)
				return
			}
			answer, err := tokens.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			answer.Body.Close()
		})
	}
	asking.Wait()
}
