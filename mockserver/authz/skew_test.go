package authz_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"pgregory.net/rapid"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

// lifetime is the lifetime of the article's tokens.
const lifetime = 55 * time.Minute

// scheme is a way to sign tokens and to check them by a given clock.
type scheme struct {
	name string
	sign func(testing.TB, jwt.Claims) string
	// judge returns a function that reports whether a token is accepted.
	judge func(leeway time.Duration, verifier clock.Clock) func(*testing.T, string) bool
}

func schemes() []scheme {
	checked := func(leeway time.Duration, verifier clock.Clock) func(*testing.T, string) bool {
		config := configWithKeys()
		config.JWT.Leeway = leeway
		judge := authz.NewAuthorizer(config, signingCredentials(), verifier, noIntrospection)
		return func(t *testing.T, token string) bool { return admits(t, judge, bearer(token)) }
	}
	exchanged := func(leeway time.Duration, verifier clock.Clock) func(*testing.T, string) bool {
		config := configWithKeys()
		config.Federation.Leeway = leeway
		issuer := newFederation(config.Federation, verifier)
		return func(t *testing.T, token string) bool { return exchange(t, issuer, token).Code == http.StatusOK }
	}
	hs := func(t testing.TB, c jwt.Claims) string { return sign(t, jwt.SigningMethodHS256, []byte(secret), c) }
	return []scheme{
		{"HS256", hs, checked},
		{"RS256", signRSA, checked},
		{"ES256", signEC, checked},
		{"EdDSA", signEd, checked},
		{"federation", signEC, exchanged},
	}
}

// Both directions of claim C8, to the second and to the nanosecond: a token is valid
// from iat − leeway inclusive to exp + leeway exclusive.
func TestSkewToTheSecond(t *testing.T) {
	for _, s := range schemes() {
		token := s.sign(t, claims(start, lifetime))
		for _, leeway := range []time.Duration{30 * time.Second, 300 * time.Second} {
			t.Run(s.name+" "+leeway.String(), func(t *testing.T) {
				verifier := clock.NewAdjustable(clock.NewManual(start), 0, 0)
				accepts := s.judge(leeway, verifier)
				for _, test := range []struct {
					offset time.Duration
					want   bool
				}{
					{0, true},
					{-leeway + time.Second, true},
					{-leeway, true},
					{-leeway - 1, false},
					{-leeway - time.Second, false},
					{-time.Hour, false},
					{leeway + time.Second, true}, // C8 says that it fails, but a fast clock does no harm within the lifetime
					{10 * time.Minute, true},
					{lifetime + leeway - time.Second, true},
					{lifetime + leeway - 1, true},
					{lifetime + leeway, false},
					{lifetime + leeway + time.Second, false},
				} {
					verifier.Set(test.offset, 0)
					if got := accepts(t, token); got != test.want {
						t.Errorf("verifier off by %v: accepted %v, want %v", test.offset, got, test.want)
					}
				}
			})
		}
	}
}

// A clock that loses one second in a hundred is behind by the leeway after a hundred
// times the leeway; until then fresh tokens are accepted.
func TestDriftReachesTheLeeway(t *testing.T) {
	const leeway = 30 * time.Second
	for _, s := range schemes() {
		t.Run(s.name, func(t *testing.T) {
			base := clock.NewManual(start)
			accepts := s.judge(leeway, clock.NewAdjustable(base, 0, -0.01))
			base.Advance(100 * leeway)
			if !accepts(t, s.sign(t, claims(base.Now(), lifetime))) {
				t.Error("a fresh token is refused before the clock is off by more than the leeway")
			}
			base.Advance(100 * time.Second)
			if accepts(t, s.sign(t, claims(base.Now(), lifetime))) {
				t.Error("a fresh token is accepted though the clock is off by more than the leeway")
			}
		})
	}
}

// For any claims and any leeway, the times at which a token is accepted form one interval.
func TestAcceptanceIsAnInterval(t *testing.T) {
	seconds := rapid.Int64Range(-400, 400)
	for _, s := range schemes()[:1] { // all schemes check the claims alike; this one signs fastest
		rapid.Check(t, func(rt *rapid.T) {
			at := func(name string) time.Time {
				return start.Add(time.Duration(seconds.Draw(rt, name)) * time.Second)
			}
			iat, nbf, exp, now := at("iat"), at("nbf"), at("exp"), at("now")
			leeway := time.Duration(rapid.Int64Range(0, 300).Draw(rt, "leeway")) * time.Second
			token := s.sign(t, jwt.RegisteredClaims{
				IssuedAt: jwt.NewNumericDate(iat), NotBefore: jwt.NewNumericDate(nbf), ExpiresAt: jwt.NewNumericDate(exp),
			})
			want := !now.Before(iat.Add(-leeway)) && !now.Before(nbf.Add(-leeway)) && now.Before(exp.Add(leeway))
			if got := s.judge(leeway, clock.NewManual(now))(t, token); got != want {
				rt.Errorf("accepted %v, want %v", got, want)
			}
		})
	}
}

// JWTs and assertions have separate leeways.
func TestLeewaysAreIndependent(t *testing.T) {
	config := configWithKeys()
	config.JWT.Leeway, config.Federation.Leeway = 0, time.Minute
	behind := clock.NewManual(start.Add(-time.Second))
	token := signEC(t, claims(start, lifetime))
	if admits(t, authz.NewAuthorizer(config, signingCredentials(), behind, noIntrospection), bearer(token)) {
		t.Error("a JWT gets the leeway of assertions")
	}
	if got := exchange(t, newFederation(config.Federation, behind), token); got.Code != http.StatusOK {
		t.Errorf("an assertion does not get its leeway: %s", got.Body)
	}
}

func claims(issued time.Time, life time.Duration) jwt.RegisteredClaims {
	return jwt.RegisteredClaims{
		Subject: "workload", IssuedAt: jwt.NewNumericDate(issued), ExpiresAt: jwt.NewNumericDate(issued.Add(life)),
	}
}

func newFederation(f authz.Federation, clk clock.Clock) *authz.Issuer {
	config := configWithKeys()
	config.Federation = f
	return authz.NewIssuer(config, signingCredentials(), clk, authz.Random{Tokens: randomness(), Latency: alwaysHalf, Introspect: alwaysHalf})
}

const (
	grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	bothBetas = "oauth-2025-04-20,oidc-federation-2026-04-01"
)

// sdkExchangeRequest is the request that anthropic-sdk-go v2.13.0 sends (internal/auth/workload.go).
func sdkExchangeRequest(t *testing.T, assertion string) *http.Request {
	t.Helper()
	body, err := json.Marshal(map[string]string{
		"grant_type": grantType, "assertion": assertion, "federation_rule_id": "fdrl_1", "organization_id": "org",
	})
	if err != nil {
		t.Fatal(err)
	}
	return newExchangeRequest(string(body))
}

func newExchangeRequest(body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/v1/oauth/token", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Anthropic-Beta", bothBetas)
	return r
}

func exchange(t *testing.T, issuer *authz.Issuer, assertion string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	issuer.ServeFederation(w, sdkExchangeRequest(t, assertion))
	return w
}
