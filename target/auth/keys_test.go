package auth

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"weighbridge/target"
)

// testKeys are private keys by the algorithm that they sign with.
func testKeys(t *testing.T) map[string]crypto.Signer {
	t.Helper()
	rsaKey, err1 := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, edKey, err3 := ed25519.GenerateKey(rand.Reader)
	if err1 != nil || err2 != nil || err3 != nil {
		t.Fatal(err1, err2, err3)
	}
	return map[string]crypto.Signer{"RS256": rsaKey, "ES256": ecKey, "EdDSA": edKey}
}

func pemOf(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func pkcs8(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pemOf("PRIVATE KEY", der)
}

func jwkOf(t *testing.T, key any, id, alg string) string {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKey{Key: key, KeyID: id, Algorithm: alg})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// writtenKeys are the keys in every format that is read, by a name that begins with the algorithm.
func writtenKeys(t *testing.T, keys map[string]crypto.Signer) map[string]string {
	t.Helper()
	written := map[string]string{}
	for alg, key := range keys {
		written[alg+" PKCS #8"] = pkcs8(t, key)
		written[alg+" JWK"] = jwkOf(t, key, "of-the-jwk", alg)
		written[alg+" JWK without alg"] = " " + jwkOf(t, key, "", "") + "\n"
	}
	rsaKey, ecKey := keys["RS256"].(*rsa.PrivateKey), keys["ES256"].(*ecdsa.PrivateKey)
	written["RS256 PKCS #1"] = pemOf("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(rsaKey))
	sec1, err := x509.MarshalECPrivateKey(ecKey)
	if err != nil {
		t.Fatal(err)
	}
	written["ES256 SEC 1"] = pemOf("EC PRIVATE KEY", sec1)
	written["ES256 as openssl ecparam writes it"] = pemOf("EC PARAMETERS", []byte{6, 8, 42, 134, 72, 206, 61, 3, 1, 7}) + pemOf("EC PRIVATE KEY", sec1)
	return written
}

// signedBy returns a token of the scheme jwt, and the redactor that learned its secrets.
func signedBy(t *testing.T, cfg target.JWT, own Credentials) (string, *target.Redactor) {
	t.Helper()
	var secrets target.Redactor
	cfg.Issuer, cfg.Subject, cfg.TTL, cfg.Early = "me", "it", time.Hour, time.Minute
	s, err := New(target.Auth{Scheme: "jwt", JWT: cfg, Audience: "api"}, Options{Now: time.Now, Secrets: &secrets, Defaults: own})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h := map[string][]string{}
	if err := s.Authorize(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	return carrierOf("").find(h), &secrets
}

func TestTokensAreSignedWithEveryKindOfKey(t *testing.T) {
	keys := testKeys(t)
	for name, text := range writtenKeys(t, keys) {
		alg, _, _ := strings.Cut(name, " ")
		for _, cfg := range []target.JWT{{}, {Alg: alg, KeyID: "given"}} {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg.Key = target.Secret("${file:" + path + "}")
			if err := CheckKey(cfg); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			signed, secrets := signedBy(t, cfg, Credentials{})
			parsed, err := jwt.Parse(signed, func(*jwt.Token) (any, error) { return keys[alg].Public(), nil },
				jwt.WithValidMethods([]string{alg}), jwt.WithIssuer("me"), jwt.WithSubject("it"), jwt.WithAudience("api"), jwt.WithIssuedAt(), jwt.WithExpirationRequired())
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			want := string(cfg.KeyID)
			if want == "" && strings.HasSuffix(name, "JWK") {
				want = "of-the-jwk"
			}
			if id, _ := parsed.Header["kid"].(string); id != want {
				t.Errorf("%s: kid %q, want %q", name, id, want)
			}
			for _, secret := range append(strings.Fields(text), signed) {
				if len(secret) > 30 && strings.Contains(secrets.Redact("it is "+secret), secret) {
					t.Errorf("%s: %.20s… is not known as a secret", name, secret)
				}
			}
		}
	}
}

func TestKeyIDFromTheEnvironment(t *testing.T) {
	key := testKeys(t)["ES256"]
	t.Setenv("KID", "of-the-environment")
	signed, _ := signedBy(t, target.JWT{Alg: "ES256", KeyID: "${env:KID}"}, Credentials{SigningKey: pkcs8(t, key), KeyID: "own"})
	parsed, err := jwt.Parse(signed, func(*jwt.Token) (any, error) { return key.Public(), nil })
	if err != nil || parsed.Header["kid"] != "of-the-environment" {
		t.Error(parsed, err)
	}
}

func TestTheMocksOwnKeySigns(t *testing.T) {
	key := testKeys(t)["ES256"]
	signed, _ := signedBy(t, target.JWT{Alg: "ES256"}, Credentials{SigningKey: pkcs8(t, key), KeyID: "own"})
	parsed, err := jwt.Parse(signed, func(*jwt.Token) (any, error) { return key.Public(), nil })
	if err != nil || parsed.Header["kid"] != "own" {
		t.Error(parsed, err)
	}
}

func TestWrongKeysAreRefusedInOneLine(t *testing.T) {
	keys := testKeys(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(keys["RS256"].Public())
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GODEBUG", "rsa1024min=0")
	short, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	whole := pkcs8(t, keys["RS256"])
	for name, c := range map[string]struct{ text, alg, want string }{
		"RSA for ES256":     {whole, "ES256", "ES256 signs with an ECDSA key on P-256, found an RSA key"},
		"ECDSA for RS256":   {pkcs8(t, keys["ES256"]), "RS256", "RS256 signs with an RSA key, found an ECDSA key on P-256"},
		"Ed25519 for RS256": {pkcs8(t, keys["EdDSA"]), "RS256", "RS256 signs with an RSA key, found an Ed25519 key"},
		"RSA for EdDSA":     {jwkOf(t, keys["RS256"], "", ""), "EdDSA", "EdDSA signs with an Ed25519 key, found an RSA key"},
		"another curve":     {pkcs8(t, p384), "ES256", "expected an ECDSA key on P-256, found one on P-384"},
		"a short key":       {pkcs8(t, short), "", "expected an RSA key of at least 2048 bits, found 1024"},
		"a public key":      {pemOf("PUBLIC KEY", public), "RS256", "expected a private key, found a public one"},
		"a public JWK":      {jwkOf(t, keys["EdDSA"].Public(), "", ""), "", "expected a private key, found a public one"},
		"a symmetric JWK":   {jwkOf(t, []byte("0123456789abcdef"), "", ""), "", "which target.auth.jwt.secret is for"},
		"a JWK for another": {jwkOf(t, keys["RS256"], "", "ES256"), "", "the JWK is for ES256, its key for RS256"},
		"an encrypted key":  {pemOf("ENCRYPTED PRIVATE KEY", []byte("x")), "", "the key is encrypted"},
		"encrypted, older":  {"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\neA==\n-----END RSA PRIVATE KEY-----\n", "", "the key is encrypted"},
		"OpenSSH":           {pemOf("OPENSSH PRIVATE KEY", []byte("x")), "", `found "OPENSSH PRIVATE KEY"`},
		"a certificate":     {pemOf("CERTIFICATE", []byte("x")), "", "expected a private key in PEM, or a JWK"},
		"cut off":           {pemOf("PRIVATE KEY", []byte("x")), "", "holds no key that can be read"},
		"no key":            {"sesame-4711", "", "expected a private key in PEM, or a JWK"},
		"no JSON":           {"{sesame-4711", "", "not valid JSON"},
		"no JWK":            {`{"kty": "RSA", "d": "sesame-4711"}`, "", "its members are missing or wrong"},
		"a set":             {`{"keys": []}`, "", "expected a private key"},
	} {
		t.Setenv("WEIGHBRIDGE_TEST_KEY", c.text)
		err := CheckKey(target.JWT{Alg: c.alg, Key: "${env:WEIGHBRIDGE_TEST_KEY}"})
		if err == nil || !strings.HasPrefix(err.Error(), "target.auth.jwt.key: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
			continue
		}
		if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v: more than a line, or the key itself", name, err)
		}
	}
	if err := CheckKey(target.JWT{Key: "${env:WEIGHBRIDGE_NO_SUCH_KEY}"}); err != nil {
		t.Errorf("a key that is not there yet: %v", err)
	}
}
