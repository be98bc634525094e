package authz

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// keyring holds the keys for verifying signatures. The secret is apart from the public
// keys, so that an HMAC is never verified with a public key.
type keyring struct {
	secret []byte // for HS256; if empty, every HMAC is refused
	public map[string]crypto.PublicKey
}

// newKeyring returns c's public keys and the mock's own. It omits keys that Validate would refuse.
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

// keyFor returns the key for a token's algorithm and kid. HS256 has one secret, which
// has no kid; every other algorithm needs a kid.
func (k keyring) keyFor(t *jwt.Token) (any, error) {
	if _, critical := t.Header["crit"]; critical {
		return nil, errors.New("crit is not supported (RFC 7515 §4.1.11)")
	}
	kid, named := t.Header["kid"].(string)
	if _, given := t.Header["kid"]; given && !named {
		return nil, errors.New("kid is not a string")
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
	case !known || !keyFitsAlg(key, t.Method.Alg()):
		return nil, fmt.Errorf("there is no %s key with kid %.64q", t.Method.Alg(), kid)
	}
	return key, nil
}

// keyFitsAlg reports whether an algorithm signs with keys of this kind (RFC 7518 §3.1).
func keyFitsAlg(key crypto.PublicKey, alg string) bool {
	switch key := key.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(alg, "RS") || strings.HasPrefix(alg, "PS")
	case *ecdsa.PublicKey:
		return alg == curveAlg(key)
	case ed25519.PublicKey:
		return alg == "EdDSA"
	}
	return false
}

// curveAlg returns the algorithm that belongs to a key's curve; "" if there is none.
func curveAlg(key *ecdsa.PublicKey) string {
	return map[string]string{"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}[key.Params().Name]
}

// minRSABits is the shortest allowed RSA key (RFC 7518 §3.3).
const minRSABits = 2048

// parsePublic parses a PEM public key for verifying JWTs.
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
		if key.N.BitLen() < minRSABits {
			return nil, fmt.Errorf("expected an RSA key of at least %d bits, found %d", minRSABits, key.N.BitLen())
		}
		return key, nil
	case *ecdsa.PublicKey:
		if curveAlg(key) != "" {
			return key, nil
		}
	case ed25519.PublicKey:
		return key, nil
	}
	return nil, errors.New("expected RSA, Ed25519, or ECDSA on P-256, P-384 or P-521")
}

func parsePrivate(text string) (*ecdsa.PrivateKey, error) {
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return nil, errors.New("expected a PEM block")
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, err
	}
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok {
		return nil, errors.New("expected an ECDSA key")
	}
	return private, nil
}
