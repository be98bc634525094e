package authz_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

const secret = "the mock's own"

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

// verifies reports whether a verifier accepts token at the time now.
func verifies(t *testing.T, token string, leeway time.Duration, now time.Time) bool {
	t.Helper()
	config := authz.Config{JWT: authz.JWT{Leeway: leeway}}
	authorizer := authz.NewAuthorizer(config, authz.Credentials{JWTSecret: secret}, clock.NewManual(now), noIntrospection)
	_, err := authorizer.Check(t.Context(), bearer(token))
	var refusal authz.Refusal
	if err != nil && !errors.As(err, &refusal) {
		t.Fatalf("not a refusal: %v", err)
	}
	return err == nil
}

func bearer(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }

func noIntrospection(context.Context, string) (authz.Token, bool, error) {
	return authz.Token{}, false, errors.New("unexpected introspection")
}

func sign(t testing.TB, method jwt.SigningMethod, key any, claims jwt.Claims) string {
	t.Helper()
	token, err := jwt.NewWithClaims(method, claims).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// A slow clock makes the verifier refuse a token if it is behind iat by more than the
// leeway; a fast one only if it is ahead by the remaining lifetime and the leeway.
func TestJWTSkewInBothDirections(t *testing.T) {
	const lifetime = 55 * time.Minute
	token := sign(t, jwt.SigningMethodHS256, []byte(secret), jwt.RegisteredClaims{
		Issuer: "weighbridge", IssuedAt: jwt.NewNumericDate(start), ExpiresAt: jwt.NewNumericDate(start.Add(lifetime)),
	})
	for _, leeway := range []time.Duration{0, 30 * time.Second, 300 * time.Second} {
		for _, test := range []struct {
			offset time.Duration
			want   bool
		}{
			{0, true},
			{-leeway, true},
			{-leeway - time.Second, false},
			{-time.Hour, false},
			{leeway + time.Second, true}, // ahead by more than the leeway, but still valid
			{lifetime + leeway - time.Second, true},
			{lifetime + leeway, false},
		} {
			if got := verifies(t, token, leeway, start.Add(test.offset)); got != test.want {
				t.Errorf("leeway %v, verifier off by %v: accepted %v, want %v", leeway, test.offset, got, test.want)
			}
		}
	}
}

func TestJWTWithoutIssuedAtHidesASlowClock(t *testing.T) {
	token := sign(t, jwt.SigningMethodHS256, []byte(secret), jwt.RegisteredClaims{ExpiresAt: jwt.NewNumericDate(start.Add(time.Minute))})
	if !verifies(t, token, 0, start.Add(-time.Hour)) {
		t.Error("a token without iat is refused as if it were from the future")
	}
}

func TestJWTForgeriesAreRefused(t *testing.T) {
	good := jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(start), ExpiresAt: jwt.NewNumericDate(start.Add(time.Minute))}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if !verifies(t, sign(t, jwt.SigningMethodHS256, []byte(secret), good), 0, start) {
		t.Fatal("the valid token is refused")
	}
	for name, token := range map[string]string{
		"another secret": sign(t, jwt.SigningMethodHS256, []byte("guessed"), good),
		"alg none":       sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good),
		"HS512":          sign(t, jwt.SigningMethodHS512, []byte(secret), good),
		"ES256":          sign(t, jwt.SigningMethodES256, ec, good),
		"no exp":         sign(t, jwt.SigningMethodHS256, []byte(secret), jwt.RegisteredClaims{IssuedAt: good.IssuedAt}),
		"not yet": sign(t, jwt.SigningMethodHS256, []byte(secret),
			jwt.RegisteredClaims{NotBefore: jwt.NewNumericDate(start.Add(time.Second)), ExpiresAt: good.ExpiresAt}),
		"not a JWT":   "a.b.c",
		"empty parts": "..",
	} {
		if verifies(t, token, 0, start) {
			t.Errorf("%s: accepted", name)
		}
	}
}
