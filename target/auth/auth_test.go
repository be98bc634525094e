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

var mockCredentials = Credentials{Key: "own-key", ClientID: "own-id", ClientSecret: "own-secret", JWTSecret: "own-jwt-secret"}

// section is the target.auth section for a scheme, with its defaults.
func section(scheme string) target.Auth {
	return target.Auth{
		Scheme: scheme, TokenPath: "/oauth2/token", JWT: target.JWT{TTL: 55 * time.Minute, Early: 5 * time.Minute, IssuedAt: true},
		Refresh: target.Refresh{Policy: PolicyAhead, Early: 30 * time.Second, Background: true, SingleFlight: true},
	}
}

// serve returns the URL of a server with the handler.
func serve(t *testing.T, handler http.HandlerFunc) *url.URL {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return base
}

// authorize makes the scheme of cfg for a server with the handler, and returns the
// headers it sets on one request.
func authorize(t *testing.T, cfg target.Auth, now func() time.Time, handler http.HandlerFunc) (http.Header, Scheme, error) {
	t.Helper()
	base := serve(t, handler)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	s, err := New(cfg, Options{Base: base, Defaults: mockCredentials, Tokens: transport, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	h := http.Header{}
	return h, s, s.Authorize(context.Background(), h)
}

func TestAPIKey(t *testing.T) {
	h, s, err := authorize(t, section("apikey"), time.Now, nil)
	if err != nil || h.Get("Authorization") != "Bearer own-key" {
		t.Errorf("%v, %v", h, err)
	}
	if s.Rejected(h) || s.Cost() != (Cost{}) {
		t.Error("an API key asks for a retry or has a cost")
	}
	t.Setenv("TEST_KEY", "given-key")
	cfg := section("apikey")
	cfg.Key = "${env:TEST_KEY}"
	if h, _, err := authorize(t, cfg, time.Now, nil); err != nil || h.Get("Authorization") != "Bearer given-key" {
		t.Errorf("%v, %v", h, err)
	}
}

func TestNoScheme(t *testing.T) {
	if s, err := New(section("none"), Options{}); s != nil || err != nil {
		t.Errorf("scheme %v, error %v; want neither", s, err)
	}
}

func TestOAuthSendsClientCredentialsInTheForm(t *testing.T) {
	var form url.Values
	var method, path, kind string
	h, s, err := authorize(t, section("oauth"), time.Now, func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		form, method, path, kind = r.PostForm, r.Method, r.URL.Path, r.Header.Get("Content-Type")
		if _, _, basic := r.BasicAuth(); basic {
			t.Error("the client authenticates with HTTP Basic, not in the form")
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
		t.Errorf("cost %+v, want one token of 2m by one request", cost)
	}
}

func TestOAuthErrorsContainNoSecret(t *testing.T) {
	for _, c := range []struct {
		name    string
		handler http.HandlerFunc
		want    string
	}{
		{"rejected", func(w http.ResponseWriter, r *http.Request) {
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
			_, _, err := authorize(t, section("oauth"), time.Now, c.handler)
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "own-secret") {
				t.Errorf("%v, want %q and no secret", err, c.want)
			}
		})
	}
}

func TestJWTUsesTheInjectedClock(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	h, s, err := authorize(t, section("jwt"), func() time.Time { return now }, nil)
	if err != nil {
		t.Fatal(err)
	}
	var claims jwt.RegisteredClaims
	parser := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithTimeFunc(func() time.Time { return now }))
	if _, err := parser.ParseWithClaims(carrierOf("").find(h), &claims, func(*jwt.Token) (any, error) { return []byte("own-jwt-secret"), nil }); err != nil {
		t.Fatal(err)
	}
	if claims.Issuer != "own-id" || !claims.IssuedAt.Equal(now) || !claims.ExpiresAt.Equal(now.Add(55*time.Minute)) {
		t.Errorf("iss %s, iat %v, exp %v", claims.Issuer, claims.IssuedAt, claims.ExpiresAt)
	}
	if cost := s.Cost(); cost.Count != 1 || cost.Requests != 0 || cost.Life != 55*time.Minute {
		t.Errorf("cost %+v, want one token of 55m and no token request", cost)
	}
	first := carrierOf("").find(h)
	now = now.Add(49 * time.Minute)
	if err := s.Authorize(context.Background(), h); err != nil || carrierOf("").find(h) != first {
		t.Errorf("six minutes before expiry the JWT was already renewed (%v)", err)
	}
	now = now.Add(10 * time.Minute)
	if err := s.Authorize(context.Background(), h); err != nil || carrierOf("").find(h) == first {
		t.Errorf("after expiry the JWT was not renewed (%v)", err)
	}
}

func TestMissingCredentialErrorNamesTheKey(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "127.0.0.1:1"}
	for scheme, want := range map[string]string{
		"apikey": "target.auth.key", "oauth": "target.auth.client_secret", "jwt": "target.auth.jwt.secret", "federation": "target.auth.jwt.key",
	} {
		if _, err := New(section(scheme), Options{Base: base, Now: time.Now}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", scheme, err, want)
		}
	}
	cfg := section("apikey")
	cfg.Key = "${env:NO_SUCH_VARIABLE}"
	if _, err := New(cfg, Options{Base: base, Now: time.Now}); err == nil || !strings.Contains(err.Error(), "target.auth.key: ${env:NO_SUCH_VARIABLE}") {
		t.Errorf("%v, want the key and the variable", err)
	}
}
