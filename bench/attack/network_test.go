package attack

import (
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/bench/schedule"
	"weighbridge/target"
	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

// Requests for tokens trust the same CA, look names up in the same way and have the same user agent
// as those for prompts, whether the token endpoint is a path of the target or another URL.
func TestTokenRequestsTakeTheSameWay(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.Host+r.URL.Path+" by "+r.UserAgent())
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token": "opaque", "token_type": "Bearer", "expires_in": 3600}`)
	}))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TEST_SECRET", "sesame")
	address := server.Listener.Addr().String()
	for endpoint, want := range map[string]string{
		"/token":                          "example.com/token by test/1",
		"https://login.example.com/token": "login.example.com/token by test/1", // for which the certificate is, too
	} {
		asked = nil
		arm := scenario(t, "https://example.com",
			fmt.Sprintf("target.auth={scheme: oauth, client_id: me, client_secret: %q, token_path: %q}", "${env:TEST_SECRET}", endpoint),
			fmt.Sprintf("client.resolve={example.com: %q, login.example.com: %q}", address, address), "client.tls.ca="+ca)
		deck, err := schedule.SyntheticDeck(arm.Prompts, 1)
		if err != nil {
			t.Fatal(err)
		}
		end := Endpoint{URL: arm.Target.URL, UserAgent: "test/1", Dialer: outbound.Dialer{Allowed: outbound.Allowed{{Host: "example.com"}, {Host: "login.example.com"}}}}
		a, err := New(arm, end, schedule.Work{Seed: 1, Arm: arm.Name, Deck: deck}, time.Now(), &target.Redactor{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.Close)
		x := a.client.Do(t.Context(), transport.Request{Phase: PhaseOpen, Prompts: []string{"hello"}})
		if x.Outcome.Class != target.Success || !slices.Equal(asked, []string{want, "example.com/ by test/1"}) {
			t.Errorf("%s: %s %s, asked for %s", endpoint, x.Outcome.Class, x.Outcome.Detail, strings.Join(asked, ", "))
		}
		if n := a.Network(); n == nil || n.Reached[address] != 2 || len(n.Reached) != 1 || n.Insecure || n.Proxy != "" {
			t.Errorf("%s: network %+v, want two connections to %s", endpoint, n, address)
		}
	}
}
