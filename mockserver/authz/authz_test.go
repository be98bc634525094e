package authz_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

func TestCheckByKindOfCredential(t *testing.T) {
	key := func(k string) http.Header { return http.Header{"X-Api-Key": {k}} }
	listed := []string{"k1", "k2"}
	for _, test := range []struct {
		name   string
		keys   []string
		header http.Header
		want   string // of the refusal; "" if it is accepted
	}{
		{"nothing", nil, http.Header{}, "no credential"},
		{"Basic", nil, http.Header{"Authorization": {"Basic eDp5"}}, "no credential"},
		{"an empty Bearer", nil, http.Header{"Authorization": {"Bearer "}}, "no credential"},
		{"any key", nil, key("x"), ""},
		{"any key as a Bearer", nil, bearer("x"), ""},
		{"a lower-case bearer", nil, http.Header{"Authorization": {"bearer x"}}, ""},
		{"a listed key", listed, key("k2"), ""},
		{"a listed key as a Bearer", listed, bearer("k1"), ""},
		{"an unlisted key", listed, key("x"), "unknown API key"},
		{"an unlisted key as a Bearer", listed, bearer("x"), "unknown API key"},
		{"a JWT is never a key", nil, bearer("a.b.c"), "token is malformed"},
		{"a good opaque token", listed, bearer("wbt_good"), ""},
		{"a bad opaque token", nil, bearer("wbt_bad"), "unknown, expired or revoked"},
		{"an opaque token in the key's place", listed, key("wbt_good"), "unknown API key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			authorizer := authz.NewAuthorizer(authz.Config{Keys: test.keys}, authz.Credentials{JWTSecret: secret}, clock.NewManual(start),
				func(_ context.Context, token string) (authz.Token, bool, error) {
					return authz.Token{Generation: 7}, token == "wbt_good", nil
				})
			_, err := authorizer.Check(t.Context(), test.header)
			var refusal authz.Refusal
			switch {
			case test.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case test.want != "" && (!errors.As(err, &refusal) || !strings.Contains(refusal.Error(), test.want)):
				t.Errorf("got %v, want a refusal for %s", err, test.want)
			}
		})
	}
}

func TestIntrospectionFailureIsNoRefusal(t *testing.T) {
	authorizer := authz.NewAuthorizer(authz.Config{}, authz.Credentials{}, clock.NewManual(start), noIntrospection)
	var refusal authz.Refusal
	if _, err := authorizer.Check(t.Context(), bearer("wbt_x")); err == nil || errors.As(err, &refusal) {
		t.Errorf("if the auth server does not answer, Check returns %v", err)
	}
}

func TestCredentials(t *testing.T) {
	random := func() *bytes.Reader { return bytes.NewReader(bytes.Repeat([]byte("weighbridge mocks things"), 5)) }
	generated, err := authz.NewCredentials(random(), authz.Config{})
	if err != nil {
		t.Fatal(err)
	}
	const text = "d2VpZ2hicmlkZ2UgbW9ja3MgdGhpbmdz"
	if generated.SigningKey == "" {
		t.Error("there is no signing key")
	}
	generated.SigningKey, generated.KeyID = "", ""
	if want := (authz.Credentials{ClientID: "weighbridge", ClientSecret: text, Key: text, JWTSecret: text}); generated != want {
		t.Errorf("got %+v, want %+v", generated, want)
	}
	given, err := authz.NewCredentials(random(), authz.Config{Keys: []string{"k1", "k2"}, JWT: authz.JWT{Secret: "j"}})
	if err != nil || given.Key != "k1" || given.JWTSecret != "j" || given.ClientSecret != text {
		t.Errorf("got %+v, %v", given, err)
	}
	if _, err := authz.NewCredentials(bytes.NewReader(nil), authz.Config{}); err == nil {
		t.Error("no error although the random source is empty")
	}
}

// An API that caches introspections asks once for as long, and never beyond a token's expiry. It does
// not remember that a token was refused.
func TestIntrospectionsAreCached(t *testing.T) {
	clk := clock.NewManual(start)
	asked, active := 0, true
	c := authz.Config{OAuth: authz.OAuth{Cache: 10 * time.Second}}
	a := authz.NewAuthorizer(c, authz.Credentials{}, clk, func(context.Context, string) (authz.Token, bool, error) {
		asked++
		return authz.Token{Generation: 7, Expires: start.Add(15 * time.Second)}, active, nil
	})
	for _, step := range []struct {
		at       time.Duration
		active   bool
		accepted bool
		asked    int
	}{
		{0, false, false, 1},
		{0, true, true, 2},
		{9 * time.Second, false, true, 2},
		{10 * time.Second, true, true, 3},
		{14 * time.Second, false, true, 3},
		{15 * time.Second, false, false, 4},
	} {
		clk.Advance(start.Add(step.at).Sub(clk.Now()))
		active = step.active
		who, err := a.Check(t.Context(), bearer("wbt_x"))
		if (err == nil) != step.accepted || asked != step.asked || err == nil && who.Generation != 7 {
			t.Errorf("after %v: %+v, %v, %d introspections, want %d", step.at, who, err, asked, step.asked)
		}
	}
	c.OAuth.Cache = 0
	a.Configure(c)
	active = true
	for range 2 {
		if _, err := a.Check(t.Context(), bearer("wbt_x")); err != nil {
			t.Error(err)
		}
	}
	if asked != 6 {
		t.Errorf("without the cache: %d introspections, want 6", asked)
	}
}
