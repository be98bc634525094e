package authz_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// askForToken sends a request to the token endpoint.
func askForToken(issuer *authz.Issuer, secret string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", "/oauth2/token", strings.NewReader("grant_type=client_credentials"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.SetBasicAuth(cred.ClientID, url.QueryEscape(secret))
	w := httptest.NewRecorder()
	issuer.ServeToken(w, r)
	return w
}

func rotate(t testing.TB, issuer *authz.Issuer, secret string, grace time.Duration) string {
	t.Helper()
	next, err := issuer.RotateSecret(secret, grace)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestSecretRotation(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newIssuer(authz.OAuth{TTL: time.Hour}, now)
	works := func(secret string, want bool) {
		t.Helper()
		if got := askForToken(issuer, secret).Code; (got == http.StatusOK) != want {
			t.Errorf("secret %q: status %d, want it to work: %v", secret, got, want)
		}
	}
	generated := rotate(t, issuer, "", 10*time.Second)
	if len(generated) < 32 || generated == cred.ClientSecret {
		t.Fatalf("generated %q", generated)
	}
	works(generated, true)
	works(cred.ClientSecret, true)
	works("", false)
	if next := rotate(t, issuer, "third", time.Second); next != "third" {
		t.Errorf("gave third, got %q", next)
	}
	now.Advance(time.Second - 1)
	works(generated, true)
	now.Advance(1)
	works(generated, false)
	works(cred.ClientSecret, true) // its own grace period continues
	now.Advance(9*time.Second - 1)
	works(cred.ClientSecret, true)
	now.Advance(1)
	works(cred.ClientSecret, false)
	rotate(t, issuer, "fourth", 0)
	works("third", false)
	works("fourth", true)
}

func TestEmptyClientSecretIsRefused(t *testing.T) {
	issuer := authz.NewIssuer(authz.Config{}, authz.Credentials{ClientID: cred.ClientID}, clock.NewManual(start), authz.Random{Tokens: randomness(), Latency: alwaysHalf, Introspect: alwaysHalf})
	if w := askForToken(issuer, ""); w.Code != http.StatusUnauthorized {
		t.Errorf("a client without a secret gets %d %s", w.Code, w.Body)
	}
}

// The mock itself checks tokens with the secret it started with.
func TestIntrospectionSurvivesRotation(t *testing.T) {
	issuer := newIssuer(authz.OAuth{TTL: time.Hour}, clock.NewManual(start))
	server := httptest.NewServer(http.HandlerFunc(issuer.ServeIntrospection))
	defer server.Close()
	token, next := issue(t, issuer), rotate(t, issuer, "", 0)
	for secret, want := range map[string]bool{cred.ClientSecret: true, next: true, "x": false, "": false} {
		remote := authz.NewRemote(server.URL, authz.Credentials{ClientID: cred.ClientID, ClientSecret: secret})
		_, active, err := remote.Introspect(t.Context(), token)
		if (err == nil && active) != want {
			t.Errorf("%q: active is %v, %v, want %v", secret, active, err, want)
		}
		remote.Close()
	}
}

func TestRevokeAllCountsShortenedTokens(t *testing.T) {
	now := clock.NewManual(start)
	config := configWithKeys()
	config.OAuth.TTL, config.Federation.TTL = time.Minute, time.Hour
	issuer := authz.NewIssuer(config, signingCredentials(), now, authz.Random{Tokens: randomness(), Latency: alwaysHalf, Introspect: alwaysHalf})
	old := issue(t, issuer)
	now.Advance(time.Minute)
	short := issue(t, issuer)
	long := readTokenResponse(t, exchange(t, issuer, signEC(t, claims(now.Now(), lifetime)))).AccessToken
	if n := issuer.RevokeAll(2 * time.Minute); n != 1 {
		t.Errorf("with a grace of 2m %d tokens were shortened, want 1", n)
	}
	if n := issuer.RevokeAll(time.Second); n != 2 || !isValid(issuer, short) || !isValid(issuer, long) {
		t.Errorf("with a grace of 1s %d tokens were shortened, want 2, which are still valid", n)
	}
	if now.Advance(time.Second); isValid(issuer, short) || isValid(issuer, long) || isValid(issuer, old) {
		t.Error("a token is valid after the grace period")
	}
	last := issue(t, issuer)
	if n := issuer.RevokeAll(-time.Second); n != 1 || isValid(issuer, last) {
		t.Errorf("without grace %d tokens were revoked, want 1", n)
	}
}

// A new OAuth token revokes older OAuth tokens, not federation tokens.
func TestRevokeOldKeepsFederationTokens(t *testing.T) {
	config := configWithKeys()
	config.OAuth = authz.OAuth{TTL: time.Hour, RevokeOld: true}
	config.Federation.TTL = time.Hour
	issuer := authz.NewIssuer(config, signingCredentials(), clock.NewManual(start), authz.Random{Tokens: randomness(), Latency: alwaysHalf, Introspect: alwaysHalf})
	token := readTokenResponse(t, exchange(t, issuer, signEC(t, claims(start, lifetime)))).AccessToken
	first := issue(t, issuer)
	issue(t, issuer)
	if isValid(issuer, first) || !isValid(issuer, token) {
		t.Errorf("the older token is valid: %v, the federation token: %v", isValid(issuer, first), isValid(issuer, token))
	}
}

func TestConfigureKeepsTokens(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newIssuer(authz.OAuth{TTL: time.Minute}, now)
	first := issue(t, issuer)
	issuer.Configure(authz.Config{OAuth: authz.OAuth{TTL: time.Hour}})
	second := issue(t, issuer)
	if now.Advance(time.Minute); isValid(issuer, first) || !isValid(issuer, second) {
		t.Errorf("after a minute the first is valid: %v, the second: %v", isValid(issuer, first), isValid(issuer, second))
	}
	if response, _ := issuer.Lookup(second); response != (authz.Token{Expires: start.Add(time.Hour), Generation: 2}) {
		t.Errorf("got %+v", response)
	}
}

func TestConfigureChangesKeys(t *testing.T) {
	authorizer := authz.NewAuthorizer(authz.Config{}, signingCredentials(), clock.NewManual(start), noIntrospection)
	if !admits(t, authorizer, bearer("x")) {
		t.Fatal("a key is refused although any is accepted")
	}
	if authorizer.Configure(authz.Config{Keys: []string{"y"}}); admits(t, authorizer, bearer("x")) || !admits(t, authorizer, bearer("y")) {
		t.Error("the list of keys did not change")
	}
}

func TestResetForgetsTokensAndFillsTheBucket(t *testing.T) {
	issuer := newIssuer(authz.OAuth{TTL: time.Hour, Limit: &authz.Limit{Rate: 0.1, Burst: 1}}, clock.NewManual(start))
	next, token := rotate(t, issuer, "", 0), issue(t, issuer)
	if first, second := askForToken(issuer, next).Code, askForToken(issuer, next).Code; first != 200 || second != 429 {
		t.Fatalf("got %d and %d, want 200 and 429", first, second)
	}
	issuer.Reset()
	if isValid(issuer, token) {
		t.Error("a token is valid after the reset")
	}
	if got := askForToken(issuer, next); got.Code != 200 {
		t.Errorf("after the reset the bucket is empty or the secret refused: %d", got.Code)
	}
	if response, _ := issuer.Lookup(issue(t, issuer)); response.Generation != 4 {
		t.Errorf("the fourth token ever has generation %d", response.Generation)
	}
}

func TestTokenEndpointLimit(t *testing.T) {
	now := clock.NewManual(start)
	oauth := authz.OAuth{TTL: time.Hour, Limit: &authz.Limit{Rate: 0.4, Burst: 2}}
	issuer := newIssuer(oauth, now)
	for range 2 {
		if w := askForToken(issuer, "wrong"); w.Code != http.StatusUnauthorized { // failed requests count too
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	for range 3 { // refused requests take nothing from the bucket
		w := askForToken(issuer, cred.ClientSecret)
		const want = `{"error":"temporarily_unavailable","error_description":"too many requests for tokens"}`
		if w.Code != 429 || w.Header().Get("Retry-After") != "3" || w.Body.String() != want {
			t.Fatalf("got %d %s %v", w.Code, w.Body, w.Header())
		}
	}
	issuer.Configure(authz.Config{OAuth: oauth})
	if w := askForToken(issuer, cred.ClientSecret); w.Code != 429 {
		t.Error("an unchanged limit starts with a full bucket")
	}
	if w := exchange(t, issuer, "x"); w.Code != 429 {
		t.Errorf("federation is not limited: %d", w.Code)
	}
	if now.Advance(3 * time.Second); askForToken(issuer, cred.ClientSecret).Code != 200 {
		t.Error("the bucket does not refill")
	}
	issuer.Configure(authz.Config{OAuth: authz.OAuth{TTL: time.Hour}})
	for range 10 {
		if w := askForToken(issuer, cred.ClientSecret); w.Code != 200 {
			t.Fatalf("without a limit: %d", w.Code)
		}
	}
	issuer.Configure(authz.Config{OAuth: authz.OAuth{TTL: time.Hour, Limit: &authz.Limit{}}})
	if first, second := askForToken(issuer, cred.ClientSecret), askForToken(issuer, cred.ClientSecret); first.Code != 200 || second.Code != 429 || second.Header().Get("Retry-After") != "" {
		t.Errorf("a bucket of one that does not refill: %d, then %d %v", first.Code, second.Code, second.Header())
	}
}

// A request after Retry-After succeeds, one a second earlier does not.
func TestRetryAfterIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := &authz.Limit{Rate: rapid.Float64Range(1e-3, 50).Draw(t, "rate"), Burst: rapid.IntRange(0, 5).Draw(t, "burst")}
		now := clock.NewManual(start)
		issuer := newIssuer(authz.OAuth{TTL: time.Hour, Limit: limit}, now)
		for range rapid.IntRange(1, 20).Draw(t, "requests") {
			now.Advance(time.Duration(rapid.Int64Range(0, 2e9).Draw(t, "pause")))
			w := askForToken(issuer, cred.ClientSecret)
			if w.Code == http.StatusOK {
				continue
			}
			wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if err != nil || wait < 1 {
				t.Fatalf("Retry-After: %q", w.Header().Get("Retry-After"))
			}
			now.Advance(time.Duration(wait-1) * time.Second)
			if wait > 1 && askForToken(issuer, cred.ClientSecret).Code == http.StatusOK {
				t.Fatalf("Retry-After is %d s, but a request after %d s succeeds", wait, wait-1)
			}
			now.Advance(time.Second)
			if got := askForToken(issuer, cred.ClientSecret).Code; got != http.StatusOK {
				t.Fatalf("a request after the Retry-After of %d s gets a %d", wait, got)
			}
		}
	})
}

// After any sequence of operations, a token is valid exactly until the end of its
// lifetime or of the grace period of a revocation, whichever comes first.
func TestTokenValidityMatchesAModel(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		now := clock.NewManual(start)
		oauth := authz.OAuth{TTL: time.Minute}
		issuer := newIssuer(oauth, now)
		ends, generations := map[string]time.Time{}, map[uint64]bool{}
		seconds := func(name string) time.Duration {
			return time.Duration(rapid.Int64Range(0, 90).Draw(rt, name)) * time.Second
		}
		endAll := func(by time.Time) {
			for token, end := range ends {
				if by.Before(end) {
					ends[token] = by
				}
			}
		}
		for range 30 {
			switch rapid.IntRange(0, 4).Draw(rt, "step") {
			case 0:
				now.Advance(seconds("pause"))
			case 1:
				if oauth.RevokeOld {
					endAll(now.Now().Add(oauth.Grace))
				}
				ends[issue(t, issuer)] = now.Now().Add(oauth.TTL)
			case 2:
				grace := seconds("grace")
				issuer.RevokeAll(grace)
				endAll(now.Now().Add(grace))
			case 3:
				oauth = authz.OAuth{TTL: time.Second + seconds("ttl"), RevokeOld: rapid.Bool().Draw(rt, "revoke"), Grace: seconds("grace")}
				issuer.Configure(authz.Config{OAuth: oauth})
			case 4:
				rotate(t, issuer, "", seconds("grace"))
			}
			for token, end := range ends {
				if got, want := isValid(issuer, token), now.Now().Before(end); got != want {
					rt.Fatalf("a token that expires at %v is valid at %v: %v", end, now.Now(), got)
				}
			}
		}
		for token := range ends {
			if response, ok := issuer.Lookup(token); ok && (generations[response.Generation] || response.Generation > uint64(len(ends))) {
				rt.Fatalf("generation %d is wrong or was given twice", response.Generation)
			} else if ok {
				generations[response.Generation] = true
			}
		}
	})
}

// Everything runs at once, for the race detector; no generation is given twice.
func TestConcurrentUseAndReconfiguration(t *testing.T) {
	config := configWithKeys()
	config.OAuth.TTL, config.Federation.TTL = time.Hour, time.Hour
	verifier := clock.NewAdjustable(clock.NewManual(start), 0, 0)
	issuer := authz.NewIssuer(config, signingCredentials(), verifier, authz.Random{Tokens: randomness(), Latency: alwaysHalf, Introspect: alwaysHalf})
	authorizer := authz.NewAuthorizer(config, signingCredentials(), verifier, issuer.Introspect)
	jwt := signEC(t, claims(start, lifetime))
	var wg sync.WaitGroup
	var seen sync.Map
	often := func(work func()) {
		wg.Go(func() {
			for range 50 {
				work()
			}
		})
	}
	for range 2 {
		often(func() {
			token, err := issuer.Issue()
			if err != nil {
				t.Error(err)
			}
			who, err := authorizer.Check(t.Context(), bearer(token))
			if err != nil {
				return // revoked already
			}
			if _, twice := seen.LoadOrStore(who.Generation, token); twice || who.Scheme != authz.SchemeOAuth {
				t.Errorf("accepted as %+v, twice: %v", who, twice)
			}
		})
		often(func() { admits(t, authorizer, bearer(jwt)) })
		often(func() { exchange(t, issuer, jwt) })
		often(func() { askForToken(issuer, cred.ClientSecret) })
	}
	other := config
	other.OAuth.Limit, other.Keys, other.JWT.Algs = &authz.Limit{Rate: 1, Burst: 1}, []string{"k"}, []string{"HS256"}
	often(func() { issuer.Configure(other); issuer.Configure(config) })
	often(func() { authorizer.Configure(other); authorizer.Configure(config) })
	often(func() { rotate(t, issuer, "", time.Hour) })
	often(func() { issuer.RevokeAll(0) })
	often(func() { issuer.Reset() })
	often(func() { verifier.Set(time.Hour, 1); verifier.Set(0, 0) })
	wg.Wait()
	if !admits(t, authorizer, bearer(jwt)) || !admits(t, authorizer, bearer(issue(t, issuer))) {
		t.Error("with the last configuration, valid credentials are refused")
	}
}
