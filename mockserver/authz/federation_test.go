package authz_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

// tokenResponse is a response of the endpoint, a success or an error.
type tokenResponse struct {
	AccessToken string `json:"access_token"`
	TokenType   string `json:"token_type"`
	ExpiresIn   int    `json:"expires_in"`
	Error       any    `json:"error"`
	Description string `json:"error_description"`
}

func readTokenResponse(t *testing.T, w *httptest.ResponseRecorder) tokenResponse {
	t.Helper()
	var response tokenResponse
	if err := json.Unmarshal(w.Body.Bytes(), &response); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	return response
}

func TestExchangedTokensAreAccepted(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newFederation(authz.Federation{TTL: 10 * time.Minute}, now)
	authorizer := authz.NewAuthorizer(authz.Config{}, signingCredentials(), now, issuer.Introspect)
	issue(t, issuer) // has generation 1
	w := exchange(t, issuer, signEC(t, claims(start, lifetime)))
	response := readTokenResponse(t, w)
	if w.Code != http.StatusOK || response.TokenType != "Bearer" || response.ExpiresIn != 600 || !strings.HasPrefix(response.AccessToken, "sk-ant-oat01-") {
		t.Fatalf("got %d %s", w.Code, w.Body)
	}
	want := authz.Identity{Scheme: authz.SchemeFederation, Generation: 2}
	for _, test := range []struct {
		name, version, beta string
		ok                  bool
	}{
		{"no version", "", "", true},
		{"as the SDK sends it", "2023-06-01", "oauth-2025-04-20", true},
		{"among others", "2023-06-01", "a, oauth-2025-04-20 ,b", true},
		{"without the feature", "2023-06-01", "", false},
		{"with another feature", "2023-06-01", "oauth-2025-04-2", false},
	} {
		h := bearer(response.AccessToken)
		h.Set("Anthropic-Version", test.version)
		h.Set("Anthropic-Beta", test.beta)
		who, err := authorizer.Check(t.Context(), h)
		if test.ok && (err != nil || who != want) {
			t.Errorf("%s: accepted as %+v, %v, want %+v", test.name, who, err, want)
		}
		if !test.ok && (err == nil || !strings.Contains(err.Error(), "anthropic-beta: oauth-2025-04-20")) {
			t.Errorf("%s: got %v, want an error that names the header", test.name, err)
		}
	}
	if now.Advance(10*time.Minute - 1); !isValid(issuer, response.AccessToken) {
		t.Error("the token expires too early")
	}
	if now.Advance(1); admits(t, authorizer, bearer(response.AccessToken)) {
		t.Error("the token expires too late")
	}
}

// A token lives at most twice the assertion's remaining lifetime, but at least a minute.
func TestFederationLifetime(t *testing.T) {
	for _, test := range []struct{ remaining, ttl, want time.Duration }{
		{50 * time.Minute, time.Hour, time.Hour},
		{20 * time.Minute, time.Hour, 40 * time.Minute},
		{10 * time.Second, time.Hour, time.Minute},
		{-10 * time.Second, time.Hour, time.Minute}, // within the leeway
		{50 * time.Minute, 24 * time.Hour, 100 * time.Minute},
	} {
		now := clock.NewManual(start)
		issuer := newFederation(authz.Federation{TTL: test.ttl, Leeway: 30 * time.Second}, now)
		token := signEC(t, claims(start.Add(test.remaining-lifetime), lifetime))
		now.Advance(500 * time.Millisecond)
		response := readTokenResponse(t, exchange(t, issuer, token))
		// Half a second of the assertion has passed, and expires_in is in whole seconds.
		if got := time.Duration(response.ExpiresIn) * time.Second; got > test.want || got < test.want-time.Second {
			t.Errorf("%v remaining, ttl %v: the token lives for %v, want %v", test.remaining, test.ttl, got, test.want)
		}
	}
}

func TestBadAssertionsAreRefused(t *testing.T) {
	edit := func(change func(*jwt.RegisteredClaims)) string {
		c := claims(start, lifetime)
		change(&c)
		return signEC(t, c)
	}
	kid := map[string]any{"kid": rsaID}
	issuer := newFederation(authz.Federation{TTL: time.Hour}, clock.NewManual(start))
	for _, method := range []jwt.SigningMethod{jwt.SigningMethodRS256, jwt.SigningMethodRS512, jwt.SigningMethodPS256, jwt.SigningMethodPS384} {
		if w := exchange(t, issuer, signHeader(t, method, testKeys().rsa, claims(start, time.Hour), kid)); w.Code != http.StatusOK {
			t.Errorf("%s is refused: %s", method.Alg(), w.Body)
		}
	}
	tests := map[string]struct{ assertion, want string }{
		"HMAC":          {sign(t, jwt.SigningMethodHS256, []byte(secret), claims(start, lifetime)), "HS256 is invalid"},
		"no sub":        {edit(func(c *jwt.RegisteredClaims) { c.Subject = "" }), "no sub"},
		"no iat":        {edit(func(c *jwt.RegisteredClaims) { c.IssuedAt = nil }), "no iat"},
		"no exp":        {edit(func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil }), "exp claim is required"},
		"over an hour":  {signEC(t, claims(start, time.Hour+time.Second)), "more than 1h"},
		"not yet":       {edit(func(c *jwt.RegisteredClaims) { c.NotBefore = jwt.NewNumericDate(start.Add(time.Second)) }), "not valid yet"},
		"over 16 KiB":   {edit(func(c *jwt.RegisteredClaims) { c.ID = strings.Repeat("x", 16<<10) }), "longer than 16 KiB"},
		"no assertion":  {"x", "malformed"},
		"a Bearer too":  {"eyJ.", "malformed"},
		"of many parts": {strings.Repeat(".", 8000), "malformed"},
	}
	for name, forged := range forgeries(t) {
		if !strings.Contains(forged.want, "is invalid") && !strings.Contains(forged.want, "no HS256") {
			tests[name] = struct{ assertion, want string }{forged.token, forged.want}
		}
	}
	for name, test := range tests {
		w := exchange(t, issuer, test.assertion)
		if name == "1 MB" { // already the body is too long
			test.want = "cannot be read"
		}
		if response := readTokenResponse(t, w); w.Code != http.StatusBadRequest || response.AccessToken != "" || !strings.Contains(response.Description, test.want) {
			t.Errorf("%s: got %d %.200s, want %s", name, w.Code, w.Body, test.want)
		}
	}
}

func TestFederationFailsInBothForms(t *testing.T) {
	for _, test := range []struct {
		failure string
		status  int
		want    string
	}{
		{"", 400, `{"error":"invalid_grant","error_description":"there is no federation rule \"fdrl_1\""}`},
		{"invalid_grant", 400, `{"error":"invalid_grant","error_description":"there is no federation rule \"fdrl_1\""}`},
		{"unauthorized", 401, `{"type":"error","error":{"type":"authentication_error","message":"there is no federation rule \"fdrl_1\""}}`},
	} {
		issuer := newFederation(authz.Federation{Rule: "fdrl_2", Failure: test.failure}, clock.NewManual(start))
		w := exchange(t, issuer, signEC(t, claims(start, lifetime)))
		if w.Code != test.status || w.Body.String() != test.want || (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
			t.Errorf("%q: got %d %s %v", test.failure, w.Code, w.Body, w.Header())
		}
	}
	issuer := newFederation(authz.Federation{Rule: "fdrl_1"}, clock.NewManual(start))
	if w := exchange(t, issuer, signEC(t, claims(start, lifetime))); w.Code != http.StatusOK {
		t.Errorf("the configured rule is refused: %s", w.Body)
	}
}

func TestMalformedExchangesAreRefused(t *testing.T) {
	body := func(change func(map[string]any)) *http.Request {
		fields := map[string]any{
			"grant_type": grantType, "assertion": signEC(t, claims(start, lifetime)), "federation_rule_id": "fdrl_1",
			"organization_id": "org", "service_account_id": "svac_1", "workspace_id": "default", "other": 1,
		}
		change(fields)
		raw, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		return newExchangeRequest(string(raw))
	}
	without := func(field string) *http.Request { return body(func(f map[string]any) { delete(f, field) }) }
	header := func(name, value string) *http.Request {
		r := body(func(map[string]any) {})
		r.Header.Set(name, value)
		return r
	}
	get := header("X", "y")
	get.Method = http.MethodGet
	refresh := body(func(f map[string]any) { f["grant_type"] = "refresh_token" })
	refresh.Header.Set("Anthropic-Beta", "oauth-2025-04-20")
	twoHeaders := header("Anthropic-Beta", "oidc-federation-2026-04-01")
	twoHeaders.Header.Add("Anthropic-Beta", "oauth-2025-04-20")
	for _, test := range []struct {
		name   string
		r      *http.Request
		status int
		want   string // the error code
	}{
		{"all fields", header("X", "y"), 200, ""},
		{"JSON with a charset", header("Content-Type", "application/json; charset=utf-8"), 200, ""},
		{"features in two headers", twoHeaders, 200, ""},
		{"no service account", without("service_account_id"), 200, ""},
		{"no grant", without("grant_type"), 400, "invalid_request"},
		{"another grant", body(func(f map[string]any) { f["grant_type"] = "refresh_token" }), 400, "unsupported_grant_type"},
		{"another grant without its feature", refresh, 400, "unsupported_grant_type"},
		{"no assertion", without("assertion"), 400, "invalid_request"},
		{"no rule", without("federation_rule_id"), 400, "invalid_request"},
		{"no organization", without("organization_id"), 400, "invalid_request"},
		{"a form", header("Content-Type", "application/x-www-form-urlencoded"), 400, "invalid_request"},
		{"GET", get, 400, "invalid_request"},
		{"no features", header("Anthropic-Beta", ""), 400, "invalid_request"},
		{"one feature", header("Anthropic-Beta", "oidc-federation-2026-04-01"), 400, "invalid_request"},
		{"the other", header("Anthropic-Beta", "oauth-2025-04-20"), 400, "invalid_request"},
		{"no JSON", newExchangeRequest("x"), 400, "invalid_request"},
		{"null", newExchangeRequest("null"), 400, "invalid_request"},
		{"a number for the assertion", body(func(f map[string]any) { f["assertion"] = 1 }), 400, "invalid_request"},
	} {
		t.Run(test.name, func(t *testing.T) {
			issuer := newFederation(authz.Federation{TTL: time.Hour}, clock.NewManual(start))
			w := httptest.NewRecorder()
			issuer.ServeFederation(w, test.r)
			response := readTokenResponse(t, w)
			if text, _ := response.Error.(string); w.Code != test.status || text != test.want || w.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("got %d %s %v", w.Code, w.Body, w.Header())
			}
			if (test.status == 200) != isValid(issuer, response.AccessToken) {
				t.Errorf("got %+v", response)
			}
		})
	}
}
