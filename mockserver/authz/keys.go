package authz

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// keyring is the keys that signatures are checked with. The secret and the
// public keys are apart, so that an HMAC is never checked with a public key.
type keyring struct {
	secret []byte // of HS256; empty verifies nothing
	public map[string]crypto.PublicKey
}

// newKeyring holds c's public keys and the mock's own. What Validate refuses is left out.
func newKeyring(c JWT, cred Credentials) keyring {
	ring := keyring{secret: []byte(cred.JWTSecret), public: map[string]crypto.PublicKey{}}
	if c.Secret != "" {
		ring.secret = []byte(c.Secret)
	}
	for kid, text := range c.Keys {
		if key, err := parsePublic(text); err == nil {
			ring.public[kid] = key
		}
	}
	if key, err := parsePrivate(cred.SigningKey); err == nil {
		ring.public[cred.KeyID] = key.Public()
	}
	return ring
}

// choose is the key that a token's algorithm and kid ask for. HS256 knows one
// secret, which has no kid; every other algorithm needs one.
func (k keyring) choose(t *jwt.Token) (any, error) {
	if _, critical := t.Header["crit"]; critical {
		return nil, errors.New("crit asks for what is not understood (RFC 7515 §4.1.11)")
	}
	kid, named := t.Header["kid"].(string)
	if _, given := t.Header["kid"]; given && !named {
		return nil, errors.New("kid is no text")
	}
	if _, hmac := t.Method.(*jwt.SigningMethodHMAC); hmac {
		switch {
		case named:
			return nil, fmt.Errorf("there is no %s key with kid %.64q", t.Method.Alg(), kid)
		case len(k.secret) == 0:
			return nil, errors.New("there is no HMAC secret")
		}
		return k.secret, nil
	}
	key, known := k.public[kid]
	switch {
	case !named:
		return nil, fmt.Errorf("%s needs a kid", t.Method.Alg())
	case !known || !fits(key, t.Method.Alg()):
		return nil, fmt.Errorf("there is no %s key with kid %.64q", t.Method.Alg(), kid)
	}
	return key, nil
}

// fits reports whether an algorithm signs with keys such as this one (RFC 7518 §3.1).
func fits(key crypto.PublicKey, alg string) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey:
		return alg == curveAlg(key)
	}
	return false
}

// curveAlg is the one algorithm of a key's curve; "" if it has none.
func curveAlg(key *ecdsa.PublicKey) string {
	return map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[key.Params().Name]
}

// leastRSA is the length of the shortest RSA key allowed, in bits (RFC 7518 §3.3).
const leastRSA = 2048

// parsePublic reads a public key that JWTs may be signed for.
func parsePublic(text string) (crypto.PublicKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil || block.Type != "PUBLIC KEY" {
		return nil, errors.New("expected a PEM block of type PUBLIC KEY")
	}
	key, err := x509.ParsePKIXPublicKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("not a public key: %w", err)
	}
	switch key := key.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() < leastRSA {
			return nil, fmt.Errorf("expected an RSA key of at least %d bits, found %d", leastRSA, key.N.BitLen())
		}
		return key, nil
	case *ecdsa.PublicKey:
		if curveAlg(key) != "" {
			return key, nil
		}
	}
	return nil, errors.New("expected RSA, or ECDSA on P-256, P-384 or P-521")
}

func parsePrivate(text string) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("expected PEM")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("expected ECDSA")
	}
	return private, nil
}
