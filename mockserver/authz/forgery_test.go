package authz_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/bench/bounds"
	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

// forgeries returns tokens that must be refused, each with a part of its refusal.
func forgeries(t testing.TB) map[string]struct{ token, want string } {
	good := claims(start, lifetime)
	kid := signingCredentials().KeyID
	publicSecret := []byte(publicPEM(testKeys().rsa.Public()))
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	none := sign(t, jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, good)
	head, body, _ := strings.Cut(signEC(t, good), ".")
	body, signature, _ := strings.Cut(body, ".")
	return map[string]struct{ token, want string }{
		"alg none":                     {none, "signing method none is invalid"},
		"alg None":                     {base64URL(`{"alg":"None"}`) + "." + body + ".", "unavailable"},
		"no alg":                       {base64URL(`{"typ":"JWT"}`) + "." + body + "." + signature, "unspecified"},
		"no signature":                 {head + "." + body + ".", "signature is invalid"},
		"no third part":                {head + "." + body, "malformed"},
		"another body":                 {head + "." + base64URL(`{"exp":9999999999}`) + "." + signature, "signature is invalid"},
		"the public key as secret":     {sign(t, jwt.SigningMethodHS256, publicSecret, good), "signature is invalid"},
		"the public key and its kid":   {signHeader(t, jwt.SigningMethodHS256, publicSecret, good, map[string]any{"kid": rsaID}), "no HS256 key with kid"},
		"HS256 with a kid":             {signHeader(t, jwt.SigningMethodHS256, []byte(secret), good, map[string]any{"kid": "x"}), "no HS256 key with kid"},
		"an unknown kid":               {signHeader(t, jwt.SigningMethodES256, testKeys().ec, good, map[string]any{"kid": "x"}), "no ES256 key with kid"},
		"another's kid":                {signHeader(t, jwt.SigningMethodES256, testKeys().ec, good, map[string]any{"kid": rsaID}), "no ES256 key with kid"},
		"no kid":                       {sign(t, jwt.SigningMethodES256, testKeys().ec, good), "needs a kid"},
		"a kid that is a number":       {signHeader(t, jwt.SigningMethodES256, testKeys().ec, good, map[string]any{"kid": 7}), "kid is not a string"},
		"a critical header":            {signHeader(t, jwt.SigningMethodES256, testKeys().ec, good, map[string]any{"kid": kid, "crit": []string{"b64"}, "b64": false}), "crit"},
		"an empty critical header":     {signHeader(t, jwt.SigningMethodES256, testKeys().ec, good, map[string]any{"kid": kid, "crit": nil}), "crit"},
		"an algorithm not in the list": {signHeader(t, jwt.SigningMethodPS256, testKeys().rsa, good, map[string]any{"kid": rsaID}), "PS256 is invalid"},
		"a key of another curve":       {signHeader(t, jwt.SigningMethodES384, p384, good, map[string]any{"kid": kid}), "ES384 is invalid"},
		"over 16 KiB":                  {signHeader(t, jwt.SigningMethodES256, testKeys().ec, good, map[string]any{"kid": kid, "pad": strings.Repeat("x", 16<<10)}), "longer than 16 KiB"},
		"1 MB":                         {strings.Repeat("eyJhbGciOiJub25lIn0.", 50_000), "longer than 16 KiB"},
		"claims that are null":         {head + "." + base64URL("null") + "." + signature, "signature is invalid"},
	}
}

func base64URL(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func TestForgeriesAreRefused(t *testing.T) {
	authorizer := authz.NewAuthorizer(configWithKeys(), signingCredentials(), clock.NewManual(start), noIntrospection)
	for _, token := range []string{signRSA(t, claims(start, lifetime)), signEC(t, claims(start, lifetime))} {
		if who, err := authorizer.Check(t.Context(), bearer(token)); err != nil || who != (authz.Identity{Scheme: authz.SchemeJWT}) {
			t.Fatalf("the valid token is accepted as %+v, %v", who, err)
		}
	}
	for name, test := range forgeries(t) {
		t.Run(name, func(t *testing.T) {
			_, err := authorizer.Check(t.Context(), bearer(test.token))
			var refusal authz.Refusal
			if !errors.As(err, &refusal) || !strings.Contains(refusal.Error(), test.want) {
				t.Errorf("got %v, want a refusal for %s", err, test.want)
			}
		})
	}
}

// If an empty secret verified, anybody could sign with it.
func TestEmptySecretVerifiesNothing(t *testing.T) {
	authorizer := authz.NewAuthorizer(authz.Config{}, authz.Credentials{}, clock.NewManual(start), noIntrospection)
	if admits(t, authorizer, bearer(sign(t, jwt.SigningMethodHS256, []byte{}, claims(start, lifetime)))) {
		t.Error("a token signed with the empty secret is accepted")
	}
}

func TestJWTSettings(t *testing.T) {
	of := func(issuer string, audience ...string) jwt.RegisteredClaims {
		c := claims(start, lifetime)
		c.Issuer, c.Audience = issuer, audience
		return c
	}
	for _, test := range []struct {
		name   string
		change func(*authz.JWT)
		token  string
		want   bool
	}{
		{"any issuer", func(*authz.JWT) {}, signEC(t, of("x")), true},
		{"the issuer", func(c *authz.JWT) { c.Issuer = "me" }, signEC(t, of("me")), true},
		{"another issuer", func(c *authz.JWT) { c.Issuer = "me" }, signEC(t, of("you")), false},
		{"no issuer", func(c *authz.JWT) { c.Issuer = "me" }, signEC(t, of("")), false},
		{"any audience", func(*authz.JWT) {}, signEC(t, of("", "x")), true},
		{"among the audience", func(c *authz.JWT) { c.Audience = "me" }, signEC(t, of("", "you", "me")), true},
		{"another audience", func(c *authz.JWT) { c.Audience = "me" }, signEC(t, of("", "you")), false},
		{"no audience", func(c *authz.JWT) { c.Audience = "me" }, signEC(t, of("")), false},
		{"a listed algorithm", func(c *authz.JWT) { c.Algs = []string{"RS256"} }, signRSA(t, of("")), true},
		{"an unlisted algorithm", func(c *authz.JWT) { c.Algs = []string{"RS256"} }, signEC(t, of("")), false},
		{"EdDSA", func(*authz.JWT) {}, signEd(t, of("")), true},
		{"EdDSA, unlisted", func(c *authz.JWT) { c.Algs = []string{"HS256", "RS256", "ES256"} }, signEd(t, of("")), false},
		{"EdDSA with the kid of another key", func(*authz.JWT) {}, signHeader(t, jwt.SigningMethodEdDSA, testKeys().ed, of(""), map[string]any{"kid": rsaID}), false},
		{"another secret", func(c *authz.JWT) { c.Secret = "new" }, sign(t, jwt.SigningMethodHS256, []byte("new"), of("")), true},
		{"the secret before it", func(c *authz.JWT) { c.Secret = "new" }, sign(t, jwt.SigningMethodHS256, []byte(secret), of("")), false},
		{"a key that is gone", func(c *authz.JWT) { c.Keys = nil }, signRSA(t, of("")), false},
		{"the mock's own key", func(c *authz.JWT) { c.Keys = nil }, signEC(t, of("")), true},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := configWithKeys()
			authorizer := authz.NewAuthorizer(config, signingCredentials(), clock.NewManual(start), noIntrospection)
			test.change(&config.JWT)
			authorizer.Configure(config)
			if got := admits(t, authorizer, bearer(test.token)); got != test.want {
				t.Errorf("accepted: %v, want %v", got, test.want)
			}
		})
	}
}

// No headers cause a panic, and every JWT that is accepted has a signature that is also
// valid by an independent computation.
func FuzzCheck(f *testing.F) {
	for _, forged := range forgeries(f) {
		f.Add("Bearer "+forged.token, "", "", "")
	}
	good := claims(start, lifetime)
	for _, token := range []string{sign(f, jwt.SigningMethodHS256, []byte(secret), good), signRSA(f, good), signEC(f, good), signEd(f, good)} {
		f.Add("Bearer "+token, "", "2023-06-01", "")
	}
	f.Add("Bearer sk-ant-oat01-x", "", "2026-10-21", "a, oauth-2025-04-20")
	f.Add("bearer wbt_x", "", "", "")
	f.Add("Basic eDp5", "key", "", ",")
	config := configWithKeys()
	config.Keys = []string{"key"}
	verifier := clock.NewManual(start.Add(time.Minute))
	authorizer := authz.NewAuthorizer(config, signingCredentials(), verifier, newFederation(config.Federation, verifier).Introspect)
	f.Fuzz(func(t *testing.T, authorization, key, version, beta string) {
		defer bounds.Check(t)()
		who, err := authorizer.Check(t.Context(), http.Header{
			"Authorization": {authorization}, "X-Api-Key": {key}, "Anthropic-Version": {version}, "Anthropic-Beta": {beta},
		})
		var refusal authz.Refusal
		if err != nil {
			if !errors.As(err, &refusal) {
				t.Errorf("not a refusal: %v", err)
			}
			return
		}
		_, token, _ := strings.Cut(authorization, " ")
		token = strings.TrimSpace(token)
		if who.Scheme == authz.SchemeJWT && !isSigned(token) || who.Scheme != authz.SchemeJWT && key != "key" && token != "key" {
			t.Errorf("%q and %q are accepted as %+v", authorization, key, who)
		}
	})
}

// isSigned reports whether one of the keys has signed a token.
func isSigned(token string) bool {
	cut := strings.LastIndex(token, ".")
	if cut < 0 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(token[cut+1:])
	if err != nil {
		return false
	}
	sum := sha256.Sum256([]byte(token[:cut]))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(token[:cut]))
	half := len(signature) / 2
	return hmac.Equal(signature, mac.Sum(nil)) ||
		ed25519.Verify(testKeys().ed.Public().(ed25519.PublicKey), []byte(token[:cut]), signature) ||
		rsa.VerifyPKCS1v15(&testKeys().rsa.PublicKey, crypto.SHA256, sum[:], signature) == nil ||
		ecdsa.Verify(&testKeys().ec.PublicKey, sum[:], new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]))
}
