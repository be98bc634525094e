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

func half(uint64) float64 { return 0.5 }

func newIssuer(oauth authz.OAuth, clk clock.Clock) *authz.Issuer {
	return authz.NewIssuer(authz.Config{OAuth: oauth}, cred, clk, rand.Reader, half, half)
}

func issue(t *testing.T, i *authz.Issuer) string {
	t.Helper()
	token, err := i.Issue()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func good(i *authz.Issuer, token string) bool {
	_, ok := i.Lookup(token)
	return ok
}

func TestTokenLife(t *testing.T) {
	for _, test := range []struct {
		name  string
		oauth authz.OAuth
		// The first token is issued at 0, the second at 10 s; when does the first end?
		want time.Duration
	}{
		{"by its own life", authz.OAuth{TTL: time.Minute}, time.Minute},
		{"revoked at once", authz.OAuth{TTL: time.Minute, RevokeOld: true}, 10 * time.Second},
		{"revoked after a grace", authz.OAuth{TTL: time.Minute, RevokeOld: true, Grace: 5 * time.Second}, 15 * time.Second},
		{"no grace past its life", authz.OAuth{TTL: time.Minute, RevokeOld: true, Grace: time.Hour}, time.Minute},
		{"grace without revocation", authz.OAuth{TTL: time.Minute, Grace: time.Second}, time.Minute},
	} {
		t.Run(test.name, func(t *testing.T) {
			now := clock.NewManual(start)
			issuer := newIssuer(test.oauth, now)
			first := issue(t, issuer)
			now.Advance(10*time.Second - 1)
			if !good(issuer, first) {
				t.Fatal("the first token ended before the second was issued")
			}
			now.Advance(1)
			second := issue(t, issuer)
			if now.Advance(test.want - 10*time.Second - 1); test.want > 10*time.Second && !good(issuer, first) {
				t.Errorf("the first token ended before %v", test.want)
			}
			if now.Advance(1); good(issuer, first) {
				t.Errorf("the first token is good at %v", test.want)
			}
			if !good(issuer, second) {
				t.Error("the second token ended with the first")
			}
			if now.Advance(time.Minute + 10*time.Second - test.want); good(issuer, second) {
				t.Error("the second token outlived its life")
			}
		})
	}
}

func TestIssuerForgetsOnlyWhatEnded(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newIssuer(authz.OAuth{TTL: time.Minute}, now)
	var last []string
	for range 1000 { // many sweeps
		now.Advance(time.Second)
		last = append(last, issue(t, issuer))
	}
	for i, token := range last {
		if want := i >= len(last)-60; good(issuer, token) != want {
			t.Fatalf("token %d of %d: good is %v", i, len(last), !want)
		}
	}
	if good(issuer, "wbt_forged") {
		t.Error("a token nobody issued is good")
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
		want   string // its error
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
			var told struct {
				AccessToken string `json:"access_token"`
				TokenType   string `json:"token_type"`
				ExpiresIn   int    `json:"expires_in"`
				Error       string `json:"error"`
			}
			if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil {
				t.Fatalf("%v in %s", err, w.Body)
			}
			if w.Code != test.status || told.Error != test.want || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("got %d %s %v", w.Code, w.Body, w.Header())
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%d with WWW-Authenticate %q", w.Code, w.Header().Get("WWW-Authenticate"))
			}
			if ok := test.status == 200; ok != good(issuer, told.AccessToken) || ok && (told.TokenType != "Bearer" || told.ExpiresIn != 3600) {
				t.Errorf("got %+v", told)
			}
		})
	}
}

// The token's life begins when it is given, not when it was asked for.
func TestTokenEndpointTakesItsTime(t *testing.T) {
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
		var told struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal(w.Body.Bytes(), &told); err != nil || !good(issuer, told.AccessToken) {
			t.Errorf("the token ended before it was given: %s, %v", w.Body, err)
		}
	})
}

func TestIntrospectionIsAskedOverHTTP(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newIssuer(authz.OAuth{TTL: time.Minute}, now)
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
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
		t.Errorf("after its life active is %v, %v", active, err)
	}
	if asked != 4 {
		t.Errorf("the auth server was asked %d times, want 4", asked)
	}
	stranger := authz.NewRemote(server.URL, authz.Credentials{ClientID: "x"})
	defer stranger.Close()
	if _, _, err := stranger.Introspect(t.Context(), token); err == nil || !strings.Contains(err.Error(), "401") {
		t.Errorf("a stranger may introspect: %v", err)
	}
}

func TestIntrospectionAnswersAsRFC7662(t *testing.T) {
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
