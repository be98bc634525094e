package authz_test

import (
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/dist"
)

var cred = authz.Credentials{ClientID: "weighbridge", ClientSecret: "s3cret"}

func alwaysHalf(uint64) float64 { return 0.5 }

func newIssuer(oauth authz.OAuth, clk clock.Clock) *authz.Issuer {
	return authz.NewIssuer(authz.Config{OAuth: oauth}, cred, clk, authz.Random{Tokens: rand.Reader, Latency: alwaysHalf, Introspect: alwaysHalf})
}

func issue(t *testing.T, i *authz.Issuer) string {
	t.Helper()
	token, err := i.Issue()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func isValid(i *authz.Issuer, token string) bool {
	_, ok := i.Lookup(token)
	return ok
}

func TestTokenLifetime(t *testing.T) {
	for _, test := range []struct {
		name  string
		oauth authz.OAuth
		// The first token is issued at 0, the second at 10 s; want is when the first expires.
		want time.Duration
	}{
		{"by its own lifetime", authz.OAuth{TTL: time.Minute}, time.Minute},
		{"revoked at once", authz.OAuth{TTL: time.Minute, RevokeOld: true}, 10 * time.Second},
		{"revoked after a grace", authz.OAuth{TTL: time.Minute, RevokeOld: true, Grace: 5 * time.Second}, 15 * time.Second},
		{"no grace beyond its lifetime", authz.OAuth{TTL: time.Minute, RevokeOld: true, Grace: time.Hour}, time.Minute},
		{"grace without revocation", authz.OAuth{TTL: time.Minute, Grace: time.Second}, time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := clock.NewManual(start)
			issuer := newIssuer(test.oauth, now)
			first := issue(t, issuer)
			now.Advance(10*time.Second - 1)
			if !isValid(issuer, first) {
				t.Fatal("the first token expired before the second was issued")
			}
			now.Advance(1)
			second := issue(t, issuer)
			if now.Advance(test.want - 10*time.Second - 1); test.want > 10*time.Second && !isValid(issuer, first) {
				t.Errorf("the first token expired before %v", test.want)
			}
			if now.Advance(1); isValid(issuer, first) {
				t.Errorf("the first token is valid at %v", test.want)
			}
			if !isValid(issuer, second) {
				t.Error("the second token expired with the first")
			}
			if now.Advance(time.Minute + 10*time.Second - test.want); isValid(issuer, second) {
				t.Error("the second token expired too late")
			}
		})
	}
}

func TestIssuerForgetsOnlyExpiredTokens(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newIssuer(authz.OAuth{TTL: time.Minute}, now)
	var tokens []string
	for range 1000 { // many sweeps
		now.Advance(time.Second)
		tokens = append(tokens, issue(t, issuer))
	}
	for i, token := range tokens {
		if want := i >= len(tokens)-60; isValid(issuer, token) != want {
			t.Fatalf("token %d of %d: valid is %v", i, len(tokens), !want)
		}
	}
	if isValid(issuer, "wbt_forged") {
		t.Error("a token that was never issued is valid")
	}
}

func TestTokenEndpoint(t *testing.T) {
	const form = "application/x-www-form-urlencoded"
	ask := func(method, kind, body string, basic ...string) *http.Request {
		r := httptest.NewRequest(method, "/oauth2/token", strings.NewReader(body))
		r.Header.Set("Content-Type", kind)
		if basic != nil {
			r.SetBasicAuth(basic[0], basic[1])
		}
		return r
	}
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		want   string // the error code
	}{
		{"in the form", ask("POST", form, "grant_type=client_credentials&client_id=weighbridge&client_secret=s3cret"), 200, ""},
		{"with a charset", ask("POST", form+"; charset=utf-8", "grant_type=client_credentials&client_id=weighbridge&client_secret=s3cret"), 200, ""},
		{"in Basic", ask("POST", form, "grant_type=client_credentials", "weighbridge", "s3cret"), 200, ""},
		{"in Basic, escaped", ask("POST", form, "grant_type=client_credentials", "weighbridge", "s%33cret"), 200, ""},
		{"in both", ask("POST", form, "grant_type=client_credentials&client_secret=s3cret", "weighbridge", "s3cret"), 400, "invalid_request"},
		{"wrong secret", ask("POST", form, "grant_type=client_credentials&client_id=weighbridge&client_secret=x"), 401, "invalid_client"},
		{"wrong secret in Basic", ask("POST", form, "grant_type=client_credentials", "weighbridge", "x"), 401, "invalid_client"},
		{"unknown client", ask("POST", form, "grant_type=client_credentials&client_id=x&client_secret=s3cret"), 401, "invalid_client"},
		{"no client", ask("POST", form, "grant_type=client_credentials"), 401, "invalid_client"},
		{"no grant", ask("POST", form, "client_id=weighbridge&client_secret=s3cret"), 400, "invalid_request"},
		{"other grant", ask("POST", form, "grant_type=password&client_id=weighbridge&client_secret=s3cret"), 400, "unsupported_grant_type"},
		{"twice", ask("POST", form, "grant_type=client_credentials&grant_type=client_credentials"), 400, "invalid_request"},
		{"JSON", ask("POST", "application/json", "{}"), 400, "invalid_request"},
		{"GET", ask("GET", form, ""), 400, "invalid_request"},
		{"too long", ask("POST", form, "x="+strings.Repeat("x", 1<<17)), 400, "invalid_request"},
		{"in the query", httptest.NewRequest("POST", "/oauth2/token?grant_type=client_credentials&client_id=weighbridge&client_secret=s3cret", nil), 400, "invalid_request"},
	} {
		t.Run(test.name, func(t *testing.T) {
			issuer := newIssuer(authz.OAuth{TTL: time.Hour}, clock.NewManual(start))
			w := httptest.NewRecorder()
			issuer.ServeToken(w, test.r)
			var response struct {
				AccessToken string `json:"access_token"`
				TokenType   string `json:"token_type"`
				ExpiresIn   int    `json:"expires_in"`
				Error       string `json:"error"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil {
				t.Fatalf("%v in %s", err, w.Body)
			}
			if w.Code != test.status || response.Error != test.want || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("got %d %s %v", w.Code, w.Body, w.Header())
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%d with WWW-Authenticate %q", w.Code, w.Header().Get("WWW-Authenticate"))
			}
			if ok := test.status == 200; ok != isValid(issuer, response.AccessToken) || ok && (response.TokenType != "Bearer" || response.ExpiresIn != 3600) {
				t.Errorf("got %+v", response)
			}
		})
	}
}

// A token's lifetime begins when it is issued, not when it is requested.
func TestTokenEndpointLatency(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		oauth := authz.OAuth{TTL: time.Second, Latency: dist.Duration{Constant: 3 * time.Second}}
		issuer := newIssuer(oauth, clock.System())
		r := httptest.NewRequest("POST", "/oauth2/token", strings.NewReader("grant_type=client_credentials"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(cred.ClientID, cred.ClientSecret)
		w := httptest.NewRecorder()
		begun := time.Now()
		issuer.ServeToken(w, r)
		if took := time.Since(begun); took != 3*time.Second {
			t.Errorf("it took %v, want 3s", took)
		}
		var response struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil || !isValid(issuer, response.AccessToken) {
			t.Errorf("the token expired before it was issued: %s, %v", w.Body, err)
		}
	})
}

func TestIntrospectionOverHTTP(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newIssuer(authz.OAuth{TTL: time.Minute}, now)
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		issuer.ServeIntrospection(w, r)
	}))
	defer server.Close()
	remote := authz.NewRemote(server.URL, cred)
	defer remote.Close()
	token := issue(t, issuer)
	for _, test := range []struct {
		token string
		want  bool
	}{{token, true}, {"wbt_forged", false}, {"", false}} {
		if _, active, err := remote.Introspect(t.Context(), test.token); err != nil || active != test.want {
			t.Errorf("%q: active is %v, %v, want %v", test.token, active, err, test.want)
		}
	}
	now.Advance(time.Minute)
	if _, active, err := remote.Introspect(t.Context(), token); err != nil || active {
		t.Errorf("after its expiry active is %v, %v", active, err)
	}
	if requests != 4 {
		t.Errorf("the auth server had %d requests, want 4", requests)
	}
	stranger := authz.NewRemote(server.URL, authz.Credentials{ClientID: "x"})
	defer stranger.Close()
	if _, _, err := stranger.Introspect(t.Context(), token); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("an unknown client may introspect: %v", err)
	}
}

// A token and the client's secret leave for no other host, and follow no redirect.
func TestIntrospectionStaysOnLoopback(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("http://198.51.100.7:9000/", http.StatusPermanentRedirect))
	defer server.Close()
	for address, want := range map[string]string{
		server.URL: "308", "http://198.51.100.7:9000/": "expected an address on loopback", "http://example.com/": "expected an address on loopback",
		"http://localhost:9000/": "expected an address on loopback", "http://127.1:9000/": "expected an address on loopback",
	} {
		remote := authz.NewRemote(address, cred)
		if _, _, err := remote.Introspect(t.Context(), "wbt_token"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", address, err, want)
		}
		remote.Close()
	}
}

func TestIntrospectionResponseFollowsRFC7662(t *testing.T) {
	issuer := newIssuer(authz.OAuth{TTL: time.Minute}, clock.NewManual(start))
	ask := func(token string) string {
		r := httptest.NewRequest("POST", "/", strings.NewReader(url.Values{"token": {token}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth(cred.ClientID, cred.ClientSecret)
		w := httptest.NewRecorder()
		issuer.ServeIntrospection(w, r)
		return w.Body.String()
	}
	if got, want := ask(issue(t, issuer)), `{"active":true,"client_id":"weighbridge","token_type":"Bearer","exp":1793534460,"weighbridge_generation":1}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := ask("wbt_forged"), `{"active":false}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
