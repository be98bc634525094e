package attack

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"weighbridge/bench/attack/hits"
	"weighbridge/bench/schedule"
	"weighbridge/target"
)

// A server that repeats what it was sent, as it is and encoded, finds none of it in a hit, in
// the last error or in the error of the warm-up: not a secret, and not a token.
func TestNoTextHasASecretOrAToken(t *testing.T) {
	const secret = "sesame/4711+öffne"
	t.Setenv("WEIGHBRIDGE_TEST_SECRET", secret)
	token := ""
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth2/token" {
			token = "fetched-token-0815"
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, token)
			return
		}
		w.Header().Set("Content-Type", strings.Join([]string{
			r.Header.Get("Authorization"), base64.StdEncoding.EncodeToString([]byte("client:" + secret)), url.QueryEscape(secret), r.Header.Get("X-Team"),
		}, " "))
	})
	arm := scenario(t, server, "target.dialect=article", "target.auth.scheme=oauth", "target.auth.client_id=client",
		"target.auth.client_secret=${env:WEIGHBRIDGE_TEST_SECRET}", "target.headers={X-Team: 'Team ${env:WEIGHBRIDGE_TEST_SECRET}'}")
	var secrets target.Redactor
	deck, err := schedule.SyntheticDeck(arm.Prompts, 1)
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(arm, Endpoint{URL: arm.Target.URL}, schedule.Work{Seed: 1, Arm: arm.Name, Deck: deck}, time.Now(), &secrets)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	var texts []string
	a.OnHit(func(h hits.Hit) { texts = append(texts, h.Error) })
	if _, _, err := a.Open(context.Background(), time.Now(), 0, 1); err != nil || len(texts) == 0 {
		t.Fatal(len(texts), err)
	}
	for _, f := range a.Failures() {
		texts = append(texts, f.Words, f.Example)
	}
	said := strings.Join(texts, "\n")
	for _, leak := range []string{"4711", token, "4711"[1:], base64.StdEncoding.EncodeToString([]byte("client:" + secret))[9:]} {
		if strings.Contains(said, leak) {
			t.Errorf("%s is in\n%s", leak, said)
		}
	}
	if !strings.Contains(said, target.Masked) {
		t.Errorf("the server repeated nothing:\n%s", said)
	}
	if got := secrets.Redact("it was " + token); got != "it was [secret]" {
		t.Errorf("the token is not known: %s", got)
	}
}
