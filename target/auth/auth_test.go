package auth

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/target"
)

var own = Credentials{Key: "own-key", ClientID: "own-id", ClientSecret: "own-secret", JWTSecret: "own-jwt-secret"}

func defaults(scheme string) target.Auth {
	return target.Auth{
		Scheme: scheme, TokenPath: "/oauth2/token", JWT: target.JWT{TTL: 55 * time.Minute, Early: 5 * time.Minute, Alg: "HS256"},
		Refresh: target.Refresh{Policy: PolicyAhead, Early: 30 * time.Second},
	}
}

// header is what a scheme made by cfg puts on a request to the handler's server.
func header(t *testing.T, cfg target.Auth, now func() time.Time, handler http.HandlerFunc) (http.Header, Scheme, error) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s, err := New(cfg, Options{Base: base, Own: own, Tokens: transport, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	h := http.Header{}
	return h, s, s.Authorize(context.Background(), h)
}

func TestAPIKey(t *testing.T) {
	h, s, err := header(t, defaults("apikey"), time.Now, nil)
	if err != nil || h.Get("Authorization") != "Bearer own-key" {
		t.Errorf("%v, %v", h, err)
	}
	if s.Refused(h) || s.Cost() != (Cost{}) {
		t.Error("a key is fetched anew or costs something")
	}
	t.Setenv("TEST_KEY", "given-key")
	cfg := defaults("apikey")
	cfg.Key = "${env:TEST_KEY}"
	if h, _, err := header(t, cfg, time.Now, nil); err != nil || h.Get("Authorization") != "Bearer given-key" {
		t.Errorf("%v, %v", h, err)
	}
}

func TestNoScheme(t *testing.T) {
	if s, err := New(defaults("none"), Options{}); s != nil || err != nil {
		t.Errorf("%v, %v; want neither", s, err)
	}
}

func TestOAuthAsksAsTheArticleDoes(t *testing.T) {
	var form url.Values
	var method, path, kind string
	h, s, err := header(t, defaults("oauth"), time.Now, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form, method, path, kind = r.PostForm, r.Method, r.URL.Path, r.Header.Get("Content-Type")
		if _, _, basic := r.BasicAuth(); basic {
			t.Error("the client proves itself by HTTP Basic, not in the form")
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"opaque","token_type":"Bearer","expires_in":120}`)
	})
	if err != nil || h.Get("Authorization") != "Bearer opaque" {
		t.Fatalf("%v, %v", h, err)
	}
	if method != "POST" || path != "/oauth2/token" || kind != "application/x-www-form-urlencoded" {
		t.Errorf("%s %s %s", method, path, kind)
	}
	want := url.Values{"grant_type": {"client_credentials"}, "client_id": {"own-id"}, "client_secret": {"own-secret"}}
	if form.Encode() != want.Encode() {
		t.Errorf("the form is %s, want %s", form.Encode(), want.Encode())
	}
	if cost := s.Cost(); cost.Count != 1 || cost.Requests != 1 || cost.Life != 2*time.Minute {
		t.Errorf("it cost %+v", cost)
	}
}

func TestOAuthErrorsGiveNothingAway(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"refused", func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"error":"invalid_client","error_description":"`+r.PostForm.Get("client_secret")+`"}`)
		}, "401 Unauthorized invalid_client"},
		{"broken", func(w http.ResponseWriter, r *http.Request) {
			_ = r.ParseForm()
			w.WriteHeader(http.StatusBadGateway)
			_, _ = io.WriteString(w, r.PostForm.Encode())
		}, "502 Bad Gateway"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
		}, "redirects"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := header(t, defaults("oauth"), time.Now, c.handler)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "own-secret") {
				t.Errorf("%v, want %q and no secret", err, c.want)
			}
		})
	}
}

func TestJWTIsSignedByTheGivenClock(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	h, s, err := header(t, defaults("jwt"), func() time.Time { return now }, nil)
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(func() time.Time { return now }))
	if _, err := parser.ParseWithClaims(bearerOf(h), &claims, func(*jwt.Token) (any, error) { return []byte("own-jwt-secret"), nil }); err != nil {
		t.Fatal(err)
	}
	if claims.Issuer != "own-id" || !claims.IssuedAt.Equal(now) || !claims.ExpiresAt.Equal(now.Add(55*time.Minute)) {
		t.Errorf("iss %s, iat %v, exp %v", claims.Issuer, claims.IssuedAt, claims.ExpiresAt)
	}
	if cost := s.Cost(); cost.Count != 1 || cost.Requests != 0 || cost.Life != 55*time.Minute {
		t.Errorf("it cost %+v: no token request is made for a JWT", cost)
	}
	first := bearerOf(h)
	now = now.Add(49 * time.Minute)
	if err := s.Authorize(context.Background(), h); err != nil || bearerOf(h) != first {
		t.Errorf("six minutes before expiry the JWT is another one (%v)", err)
	}
	now = now.Add(10 * time.Minute)
	if err := s.Authorize(context.Background(), h); err != nil || bearerOf(h) == first {
		t.Errorf("after expiry the JWT is still the same (%v)", err)
	}
}

func TestMissingCredentialsAreNamed(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "127.0.0.1:1"}
	for scheme, want := range map[string]string{
		"apikey": "target.auth.key", "oauth": "target.auth.client_secret", "jwt": "target.auth.jwt.secret", "federation": "not built yet",
	} {
		if _, err := New(defaults(scheme), Options{Base: base, Now: time.Now}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", scheme, err, want)
		}
	}
	cfg := defaults("apikey")
	cfg.Key = "${env:NO_SUCH_VARIABLE}"
	if _, err := New(cfg, Options{Base: base, Now: time.Now}); err == nil || !strings.Contains(err.Error(), "target.auth.key: ${env:NO_SUCH_VARIABLE}") {
		t.Errorf("%v, want the key and the variable", err)
	}
}
