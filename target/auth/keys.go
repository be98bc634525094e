package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
)

// minRSABits is the length of the shortest RSA key that signs JWTs (RFC 7518 §3.3).
const minRSABits = 2048

// signingKey is what JWTs are signed with.
type signingKey struct {
	method jwt.SigningMethod
	key    any
	// id is the kid of the header; "" leaves it out.
	id string
	// material is the texts that must not be shown, if any are not in the text of the key.
	material []string
}

// parseKey parses a private key: PEM, or a JWK. alg is the algorithm to sign with; if it is
// empty, the key decides. Errors contain nothing of the key.
func parseKey(text, alg string) (signingKey, error) {
	var found signingKey
	var err error
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		found, err = parseJWK(text)
	} else {
		found.key, err = parsePEM([]byte(text))
	}
	if err != nil {
		return found, err
	}
	kind, fits, err := algOf(found.key)
	switch {
	case err != nil:
		return found, err
	case alg != "" && alg != fits:
		return found, fmt.Errorf("%s signs with %s, found %s", alg, keyKinds[alg], kind)
	case found.method != nil && found.method.Alg() != fits:
		return found, fmt.Errorf("the JWK is for %s, its key for %s", found.method.Alg(), fits)
	}
	found.method = jwt.GetSigningMethod(fits)
	return found, nil
}

// keyKinds says which key an algorithm signs with.
var keyKinds = map[string]string{
	"HS256": "a secret", "RS256": "an RSA key", "ES256": "an ECDSA key on P-256", "EdDSA": "an Ed25519 key",
}

// algOf returns what kind of key this is, and the algorithm that it signs with.
func algOf(key any) (kind, alg string, err error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		if key.N.BitLen() < minRSABits {
			return "", "", fmt.Errorf("expected an RSA key of at least %d bits, found %d", minRSABits, key.N.BitLen())
		}
		return keyKinds["RS256"], "RS256", nil
	case *ecdsa.PrivateKey:
		if key.Curve != elliptic.P256() {
			return "", "", fmt.Errorf("expected an ECDSA key on P-256, found one on %s", key.Params().Name)
		}
		return keyKinds["ES256"], "ES256", nil
	case ed25519.PrivateKey:
		return keyKinds["EdDSA"], "EdDSA", nil
	case []byte:
		return "", "", errors.New("expected a private key, found a secret, which target.auth.jwt.secret is for")
	case *rsa.PublicKey, *ecdsa.PublicKey, ed25519.PublicKey:
		return "", "", errors.New("expected a private key, found a public one")
	}
	return "", "", fmt.Errorf("expected an RSA, ECDSA or Ed25519 key, found %T", key)
}

// parsePEM parses the first key in a text: PKCS #1, PKCS #8 or SEC 1.
func parsePEM(text []byte) (any, error) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return nil, errors.New("expected a private key in PEM, or a JWK")
		}
		_, encrypted := block.Headers["DEK-Info"]
		var key any
		var err error
		switch block.Type {
		case "EC PARAMETERS", "CERTIFICATE": // openssl writes them before the key
			continue
		case "PRIVATE KEY":
			key, err = x509.ParsePKCS8PrivateKey(block.Bytes)
		case "RSA PRIVATE KEY":
			key, err = x509.ParsePKCS1PrivateKey(block.Bytes)
		case "EC PRIVATE KEY":
			key, err = x509.ParseECPrivateKey(block.Bytes)
		case "PUBLIC KEY", "RSA PUBLIC KEY":
			return nil, errors.New("expected a private key, found a public one")
		case "ENCRYPTED PRIVATE KEY":
			encrypted = true
		default:
			return nil, fmt.Errorf("expected a PEM block of type PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY, found %.40q", block.Type)
		}
		switch {
		case encrypted:
			return nil, errors.New("the key is encrypted: expected one without a password, such as openssl pkey writes")
		case err != nil:
			return nil, fmt.Errorf("the PEM block %s holds no key that can be read", block.Type)
		}
		return key, nil
	}
}

// parseJWK parses a JSON Web Key (RFC 7517).
func parseJWK(text string) (signingKey, error) {
	var fields map[string]any
	if json.Unmarshal([]byte(text), &fields) != nil {
		return signingKey{}, errors.New("not a JWK: not valid JSON")
	}
	var key jose.JSONWebKey
	if key.UnmarshalJSON([]byte(text)) != nil {
		return signingKey{}, errors.New("not a JWK: its members are missing or wrong (RFC 7517), expected a private key with kty and its private members")
	}
	found := signingKey{key: key.Key, id: key.KeyID, method: jwt.GetSigningMethod(key.Algorithm)}
	for _, private := range []string{"d", "p", "q", "dp", "dq", "qi", "k"} {
		if value, ok := fields[private].(string); ok {
			found.material = append(found.material, value)
		}
	}
	return found, nil
}
