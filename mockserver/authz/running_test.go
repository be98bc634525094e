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

	"pgregory.net/rapid"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

// ask asks the token endpoint.
func ask(issuer *authz.Issuer, secret string) *httptest.ResponseRecorder {
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

func TestSecretsRotate(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newIssuer(authz.OAuth{TTL: time.Hour}, now)
	works := func(secret string, want bool) {
		t.Helper()
		if got := ask(issuer, secret).Code; (got == http.StatusOK) != want {
			t.Errorf("secret %q: status %d, want it to work: %v", secret, got, want)
		}
	}
	drawn := rotate(t, issuer, "", 10*time.Second)
	if len(drawn) < 32 || drawn == cred.ClientSecret {
		t.Fatalf("drew %q", drawn)
	}
	works(drawn, true)
	works(cred.ClientSecret, true)
	works("", false)
	if next := rotate(t, issuer, "third", time.Second); next != "third" {
		t.Errorf("laid down third, got %q", next)
	}
	now.Advance(time.Second - 1)
	works(drawn, true)
	now.Advance(1)
	works(drawn, false)
	works(cred.ClientSecret, true) // its own grace goes on
	now.Advance(9*time.Second - 1)
	works(cred.ClientSecret, true)
	now.Advance(1)
	works(cred.ClientSecret, false)
	rotate(t, issuer, "fourth", 0)
	works("third", false)
	works("fourth", true)
}

func TestNoSecretIsNoClient(t *testing.T) {
	issuer := authz.NewIssuer(authz.Config{}, authz.Credentials{ClientID: cred.ClientID}, clock.NewManual(start), randomness(), half, half)
	if w := ask(issuer, ""); w.Code != http.StatusUnauthorized {
		t.Errorf("a client without a secret gets %d %s", w.Code, w.Body)
	}
}

// Whoever checks tokens does not take part in rotations.
func TestIntrospectionOutlivesRotation(t *testing.T) {
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

func TestRevokeAllCountsWhatEndsSooner(t *testing.T) {
	now := clock.NewManual(start)
	config := keyed()
	config.OAuth.TTL, config.Federation.TTL = time.Minute, time.Hour
	issuer := authz.NewIssuer(config, signer(), now, randomness(), half, half)
	old := issue(t, issuer)
	now.Advance(time.Minute)
	short := issue(t, issuer)
	long := readExchanged(t, exchange(t, issuer, signEC(t, claims(now.Now(), life)))).AccessToken
	if n := issuer.RevokeAll(2 * time.Minute); n != 1 {
		t.Errorf("with a grace of 2m %d end sooner, want the long one", n)
	}
	if n := issuer.RevokeAll(time.Second); n != 2 || !good(issuer, short) || !good(issuer, long) {
		t.Errorf("with a grace of 1s %d end sooner, want 2, still good", n)
	}
	if now.Advance(time.Second); good(issuer, short) || good(issuer, long) || good(issuer, old) {
		t.Error("a token is good past the grace")
	}
	last := issue(t, issuer)
	if n := issuer.RevokeAll(-time.Second); n != 1 || good(issuer, last) {
		t.Errorf("at once %d end, want 1", n)
	}
}

// A new OAuth token ends the client's own older ones, not those of a workload.
func TestRevokeOldSparesFederation(t *testing.T) {
	config := keyed()
	config.OAuth = authz.OAuth{TTL: time.Hour, RevokeOld: true}
	config.Federation.TTL = time.Hour
	issuer := authz.NewIssuer(config, signer(), clock.NewManual(start), randomness(), half, half)
	token := readExchanged(t, exchange(t, issuer, signEC(t, claims(start, life)))).AccessToken
	first := issue(t, issuer)
	issue(t, issuer)
	if good(issuer, first) || !good(issuer, token) {
		t.Errorf("the older token is good: %v, the workload's: %v", good(issuer, first), good(issuer, token))
	}
}

func TestConfigureKeepsTokens(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newIssuer(authz.OAuth{TTL: time.Minute}, now)
	first := issue(t, issuer)
	issuer.Configure(authz.Config{OAuth: authz.OAuth{TTL: time.Hour}})
	second := issue(t, issuer)
	if now.Advance(time.Minute); good(issuer, first) || !good(issuer, second) {
		t.Errorf("after a minute the first is good: %v, the second: %v", good(issuer, first), good(issuer, second))
	}
	if told, _ := issuer.Lookup(second); told != (authz.Token{Ends: start.Add(time.Hour), Generation: 2}) {
		t.Errorf("got %+v", told)
	}
}

func TestConfigureChangesKeys(t *testing.T) {
	judge := authz.NewAuthorizer(authz.Config{}, signer(), clock.NewManual(start), noIntrospection)
	if !admits(t, judge, bearer("x")) {
		t.Fatal("any key is one, and yet refused")
	}
	if judge.Configure(authz.Config{Keys: []string{"y"}}); admits(t, judge, bearer("x")) || !admits(t, judge, bearer("y")) {
		t.Error("the list of keys did not change")
	}
}

func TestResetForgetsTokensAndFillsTheBucket(t *testing.T) {
	issuer := newIssuer(authz.OAuth{TTL: time.Hour, Limit: &authz.Limit{Rate: 0.1, Burst: 1}}, clock.NewManual(start))
	next, token := rotate(t, issuer, "", 0), issue(t, issuer)
	if first, second := ask(issuer, next).Code, ask(issuer, next).Code; first != 200 || second != 429 {
		t.Fatalf("got %d and %d, want 200 and 429", first, second)
	}
	issuer.Reset()
	if good(issuer, token) {
		t.Error("a token is good after the reset")
	}
	if got := ask(issuer, next); got.Code != 200 {
		t.Errorf("the bucket is empty after the reset, or the secret is gone: %d", got.Code)
	}
	if told, _ := issuer.Lookup(issue(t, issuer)); told.Generation != 4 {
		t.Errorf("the fourth token ever has generation %d", told.Generation)
	}
}

func TestLimitOfTheTokenEndpoint(t *testing.T) {
	now := clock.NewManual(start)
	oauth := authz.OAuth{TTL: time.Hour, Limit: &authz.Limit{Rate: 0.4, Burst: 2}}
	issuer := newIssuer(oauth, now)
	for range 2 {
		if w := ask(issuer, "wrong"); w.Code != http.StatusUnauthorized { // they count too
			t.Fatalf("got %d %s", w.Code, w.Body)
		}
	}
	for range 3 { // refusals take nothing
		w := ask(issuer, cred.ClientSecret)
		const want = `{"error":"temporarily_unavailable","error_description":"too many requests for tokens"}`
		if w.Code != 429 || w.Header().Get("Retry-After") != "3" || w.Body.String() != want {
			t.Fatalf("got %d %s %v", w.Code, w.Body, w.Header())
		}
	}
	issuer.Configure(authz.Config{OAuth: oauth})
	if w := ask(issuer, cred.ClientSecret); w.Code != 429 {
		t.Error("a limit that did not change starts with a full bucket")
	}
	if w := exchange(t, issuer, "x"); w.Code != 429 {
		t.Errorf("exchanges are not limited: %d", w.Code)
	}
	if now.Advance(3 * time.Second); ask(issuer, cred.ClientSecret).Code != 200 {
		t.Error("it does not refill")
	}
	issuer.Configure(authz.Config{OAuth: authz.OAuth{TTL: time.Hour}})
	for range 10 {
		if w := ask(issuer, cred.ClientSecret); w.Code != 200 {
			t.Fatalf("without a limit: %d", w.Code)
		}
	}
	issuer.Configure(authz.Config{OAuth: authz.OAuth{TTL: time.Hour, Limit: &authz.Limit{}}})
	if first, second := ask(issuer, cred.ClientSecret), ask(issuer, cred.ClientSecret); first.Code != 200 || second.Code != 429 || second.Header().Get("Retry-After") != "" {
		t.Errorf("a bucket of one that does not refill: %d, then %d %v", first.Code, second.Code, second.Header())
	}
}

// Waiting as long as Retry-After says succeeds, and a second less does not.
func TestRetryAfterIsTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := &authz.Limit{Rate: rapid.Float64Range(1e-3, 50).Draw(t, "rate"), Burst: rapid.IntRange(0, 5).Draw(t, "burst")}
		now := clock.NewManual(start)
		issuer := newIssuer(authz.OAuth{TTL: time.Hour, Limit: limit}, now)
		for range rapid.IntRange(1, 20).Draw(t, "requests") {
			now.Advance(time.Duration(rapid.Int64Range(0, 2e9).Draw(t, "pause")))
			w := ask(issuer, cred.ClientSecret)
			if w.Code == http.StatusOK {
				continue
			}
			wait, err := strconv.Atoi(w.Header().Get("Retry-After"))
			if err != nil || wait < 1 {
				t.Fatalf("Retry-After: %q", w.Header().Get("Retry-After"))
			}
			now.Advance(time.Duration(wait-1) * time.Second)
			if wait > 1 && ask(issuer, cred.ClientSecret).Code == http.StatusOK {
				t.Fatalf("told to wait %d s, it succeeds after %d s", wait, wait-1)
			}
			now.Advance(time.Second)
			if got := ask(issuer, cred.ClientSecret).Code; got != http.StatusOK {
				t.Fatalf("told to wait %d s, and then %d", wait, got)
			}
		}
	})
}

// Whatever is done while it runs, in whatever order, a token is good exactly
// until its life, or the first revocation's grace, is over.
func TestTokensFollowTheirModel(t *testing.T) {
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
				if got, want := good(issuer, token), now.Now().Before(end); got != want {
					rt.Fatalf("a token that ends at %v is good at %v: %v", end, now.Now(), got)
				}
			}
		}
		for token := range ends {
			if told, ok := issuer.Lookup(token); ok && (generations[told.Generation] || told.Generation > uint64(len(ends))) {
				rt.Fatalf("generation %d is not the token's own", told.Generation)
			} else if ok {
				generations[told.Generation] = true
			}
		}
	})
}

// Everything at once: the race detector watches, and no generation is given twice.
func TestChangesWhileItRuns(t *testing.T) {
	config := keyed()
	config.OAuth.TTL, config.Federation.TTL = time.Hour, time.Hour
	verifier := clock.NewAdjustable(clock.NewManual(start), 0, 0)
	issuer := authz.NewIssuer(config, signer(), verifier, randomness(), half, half)
	judge := authz.NewAuthorizer(config, signer(), verifier, issuer.Introspect)
	jwt := signEC(t, claims(start, life))
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
			who, err := judge.Check(t.Context(), bearer(token))
			if err != nil {
				return // revoked already
			}
			if _, twice := seen.LoadOrStore(who.Generation, token); twice || who.Scheme != authz.SchemeOAuth {
				t.Errorf("let in as %+v, twice: %v", who, twice)
			}
		})
		often(func() { admits(t, judge, bearer(jwt)) })
		often(func() { exchange(t, issuer, jwt) })
		often(func() { ask(issuer, cred.ClientSecret) })
	}
	other := config
	other.OAuth.Limit, other.Keys, other.JWT.Algs = &authz.Limit{Rate: 1, Burst: 1}, []string{"k"}, []string{"HS256"}
	often(func() { issuer.Configure(other); issuer.Configure(config) })
	often(func() { judge.Configure(other); judge.Configure(config) })
	often(func() { rotate(t, issuer, "", time.Hour) })
	often(func() { issuer.RevokeAll(0) })
	often(func() { issuer.Reset() })
	often(func() { verifier.Set(time.Hour, 1); verifier.Set(0, 0) })
	wg.Wait()
	if !admits(t, judge, bearer(jwt)) || !admits(t, judge, bearer(issue(t, issuer))) {
		t.Error("as it was configured last, it lets nobody in")
	}
}
