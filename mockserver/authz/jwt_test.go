package authz_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
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

// RFC 7519 §2: a NumericDate is a JSON number.
func TestJWTDatesAreNumbers(t *testing.T) {
	good, late := start.Add(-time.Minute).Unix(), start.Add(time.Hour).Unix()
	for name, test := range map[string]struct {
		claims jwt.MapClaims
		want   bool
	}{
		"numbers":                   {jwt.MapClaims{"iat": good, "nbf": good, "exp": late}, true},
		"fractions":                 {jwt.MapClaims{"iat": float64(good) + 0.5, "exp": float64(late) + 0.5}, true},
		"iat and nbf that are null": {jwt.MapClaims{"iat": nil, "nbf": nil, "exp": late}, true},
		"exp as text":               {jwt.MapClaims{"iat": good, "exp": fmt.Sprint(late)}, false},
		"iat as text":               {jwt.MapClaims{"iat": fmt.Sprint(good), "exp": late}, false},
		"nbf as text":               {jwt.MapClaims{"nbf": fmt.Sprint(good), "exp": late}, false},
		"EXP as text":               {jwt.MapClaims{"EXP": fmt.Sprint(late)}, false},
		"exp as a time":             {jwt.MapClaims{"exp": start.Add(time.Hour).Format(time.RFC3339)}, false},
		"exp that is true":          {jwt.MapClaims{"exp": true}, false},
		"exp in a list":             {jwt.MapClaims{"exp": []int64{late}}, false},
		"exp that is null":          {jwt.MapClaims{"exp": nil}, false},
		"exp that overflows":        {jwt.MapClaims{"exp": 1e300}, false},
		"a negative exp":            {jwt.MapClaims{"exp": -1}, false},
	} {
		token := sign(t, jwt.SigningMethodHS256, []byte(secret), test.claims)
		if got := verifies(t, token, 30*time.Second, start); got != test.want {
			t.Errorf("%s: accepted %v, want %v", name, got, test.want)
		}
	}
	twice := base64URL(`{"alg":"HS256"}`) + "." + base64URL(fmt.Sprintf(`{"exp":"%d","exp":%d}`, late, late))
	signature, err := jwt.SigningMethodHS256.Sign(twice, []byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	if verifies(t, twice+"."+base64.RawURLEncoding.EncodeToString(signature), 0, start) {
		t.Error("an exp as text before one that is a number is accepted")
	}
}
