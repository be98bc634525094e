package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/target"
)

// service issues tokens that live for a minute, after a second each, and refuses those that are over.
type service struct {
	mu     sync.Mutex
	issued map[string]time.Time
	asked  int
	down   bool
	// revokes says that a new token ends the others.
	revokes bool
}

func (s *service) fetch(context.Context) (token, error) {
	s.mu.Lock()
	s.asked++
	down := s.down
	s.mu.Unlock()
	time.Sleep(time.Second)
	if down {
		return token{}, errors.New("down")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.revokes {
		s.issued = map[string]time.Time{}
	}
	name := fmt.Sprint(len(s.issued)+1, " ", s.asked, " ", time.Now().UnixNano())
	s.issued[name] = time.Now()
	return token{value: name, life: time.Minute}, nil
}

func (s *service) accepts(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, known := s.issued[name]
	return known && time.Since(at) < time.Minute
}

// outcome is what ten minutes of ten requests per second came to, after the first token.
type outcome struct{ refused, failed, asked int }

// drive sends the requests as a client does: one that is refused is sent once more if the scheme says so.
func drive(c *cached, s *service) outcome {
	var mu sync.Mutex
	var out outcome
	count := func(n *int) { mu.Lock(); *n++; mu.Unlock() }
	var requests sync.WaitGroup
	if c.Authorize(context.Background(), http.Header{}) != nil {
		return outcome{failed: -1}
	}
	s.mu.Lock()
	s.asked = 0
	s.mu.Unlock()
	for range 6000 {
		requests.Go(func() {
			for range 2 {
				h := http.Header{}
				if c.Authorize(context.Background(), h) != nil {
					count(&out.failed)
					return
				}
				if s.accepts(c.in.find(h)) {
					return
				}
				count(&out.refused)
				if !c.Rejected(h) {
					break
				}
			}
			count(&out.failed)
		})
		time.Sleep(100 * time.Millisecond)
	}
	requests.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	out.asked = s.asked
	return out
}

// What each policy costs over ten minutes: refused attempts, failed requests and token requests.
// A token lives for a minute from when it is issued, a second after it was requested.
func TestPolicies(t *testing.T) {
	ahead := refresh{policy: PolicyAhead, early: 5 * time.Second, retry: "none"}
	with := func(r refresh, change func(*refresh)) refresh { change(&r); return r }
	for _, row := range []struct {
		name     string
		refresh  refresh
		revokes  bool
		min, max outcome
	}{
		{"ahead", ahead, false, outcome{0, 0, 10}, outcome{0, 0, 11}},
		{"ahead, inline", with(ahead, func(r *refresh) { r.inline = true }), false, outcome{0, 0, 10}, outcome{0, 0, 11}},
		{"ahead, a stampede", with(ahead, func(r *refresh) { r.stampede, r.inline = true, true }), false, outcome{0, 0, 90}, outcome{0, 0, 130}},
		{"on 401", refresh{policy: PolicyOn401}, false, outcome{9, 0, 9}, outcome{10, 0, 10}},
		{"on 401, not sent again", refresh{policy: PolicyOn401, retry: "none"}, false, outcome{9, 9, 9}, outcome{10, 10, 10}},
		{"on 401, a stampede", refresh{policy: PolicyOn401, stampede: true}, false, outcome{9, 0, 90}, outcome{10, 0, 110}},
		{"fixed, in time", refresh{policy: PolicyFixed, every: 50 * time.Second, retry: "none"}, false, outcome{0, 0, 11}, outcome{0, 0, 12}},
		{"fixed, 10 s too late", refresh{policy: PolicyFixed, every: 70 * time.Second, retry: "none"}, false, outcome{790, 790, 8}, outcome{890, 890, 8}},
		{"fixed, 10 s too late, sent again", refresh{policy: PolicyFixed, every: 70 * time.Second, retry: "once"}, false, outcome{9, 0, 9}, outcome{10, 0, 10}},
		{"never", refresh{policy: PolicyNever, retry: "none"}, false, outcome{5400, 5400, 0}, outcome{5400, 5400, 0}},
		{"ahead, believes in 8 h more", with(ahead, func(r *refresh) { r.expiryError = 8 * time.Hour }), false, outcome{9, 9, 9}, outcome{10, 10, 10}},
		{"ahead, believes in 8 h less", with(ahead, func(r *refresh) { r.expiryError = -8 * time.Hour }), false, outcome{0, 0, 500}, outcome{0, 0, 601}},
		{"ahead, and the old one is revoked", ahead, true, outcome{0, 0, 10}, outcome{12, 12, 11}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{issued: map[string]time.Time{}, revokes: row.revokes}
			c := newCached(source{get: s.fetch, remote: true}, row.refresh, carrierOf(""), time.Now, &target.Redactor{})
			got := drive(c, s)
			c.Close()
			within := func(v, low, high int) bool { return low <= v && v <= high }
			if !within(got.refused, row.min.refused, row.max.refused) || !within(got.failed, row.min.failed, row.max.failed) || !within(got.asked, row.min.asked, row.max.asked) {
				t.Errorf("%s: %+v, want %+v to %+v", row.name, got, row.min, row.max)
			}
		})
	}
}

// A token endpoint that is down is left alone whatever the policy, and a request that would have
// waited for a new token uses the old one for as long as that is valid.
func TestPoliciesWithoutATokenEndpoint(t *testing.T) {
	for _, r := range []refresh{
		{policy: PolicyAhead, early: 5 * time.Second},
		{policy: PolicyAhead, early: 5 * time.Second, inline: true},
		{policy: PolicyOn401},
		{policy: PolicyFixed, every: 50 * time.Second, retry: "once"},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &service{issued: map[string]time.Time{}}
			c := newCached(source{get: s.fetch, remote: true}, r, carrierOf(""), time.Now, &target.Redactor{})
			authorizeOnce(t, c)
			s.down = true
			got := drive(c, s)
			c.Close()
			if got.asked > 40 || got.failed < 5300 || got.failed > 5450 {
				t.Errorf("%+v: %+v, want some 5,400 failures and few token requests", r, got)
			}
		})
	}
}

// The claims that a client's own clock and the settings put into a token.
func TestSignedDates(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name            string
		jwt             target.JWT
		clock           target.Clock
		iat, nbf        bool
		ahead           time.Duration
		tokensInASecond uint64
	}{
		{"by default", target.JWT{IssuedAt: true}, target.Clock{}, true, false, 0, 1},
		{"the article's", target.JWT{}, target.Clock{}, false, false, 0, 1},
		{"not before", target.JWT{IssuedAt: true, NotBefore: true}, target.Clock{Offset: -time.Hour}, true, true, -time.Hour, 1},
		{"for every request", target.JWT{IssuedAt: true, PerRequest: true}, target.Clock{Offset: 8 * time.Hour}, true, false, 8 * time.Hour, 3},
	} {
		cfg := section("jwt")
		cfg.JWT, cfg.Clock = row.jwt, row.clock
		cfg.JWT.TTL, cfg.JWT.Early = time.Minute, time.Second
		s, err := New(cfg, Options{Now: func() time.Time { return now }, Defaults: Credentials{ClientID: "me", JWTSecret: "hush"}})
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		for range 3 {
			h := http.Header{}
			if err := s.Authorize(t.Context(), h); err != nil {
				t.Fatal(err)
			}
			claims = claimsOf(t, carrierOf("").find(h))
		}
		s.Close()
		_, iat := claims["iat"]
		_, nbf := claims["nbf"]
		exp := time.Unix(int64(claims["exp"].(float64)), 0)
		if iat != row.iat || nbf != row.nbf || !exp.Equal(now.Add(row.ahead+time.Minute)) || s.Cost().Count != row.tokensInASecond || s.Cost().PerRequest != row.jwt.PerRequest {
			t.Errorf("%s: %v, %+v", row.name, claims, s.Cost())
		}
	}
	clk := now
	fast := skewed(func() time.Time { return clk }, target.Clock{Offset: time.Second, Drift: 0.5})
	clk = now.Add(10 * time.Second)
	if got := fast().Sub(now); got != 16*time.Second {
		t.Errorf("a clock that gains half a second per second shows %v after 10 s", got)
	}
}

// claimsOf are the claims of a token, unverified.
func claimsOf(t *testing.T, signed string) map[string]any {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(signed, claims); err != nil {
		t.Fatal(err)
	}
	return claims
}
