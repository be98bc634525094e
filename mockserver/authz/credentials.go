package authz

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"io"
)

// clientID is the ID of the mock's only OAuth client.
const clientID = "weighbridge"

// The prefixes of opaque tokens, by what they were issued for: tokenPrefix for a client secret,
// federationPrefix, which is the real API's, for an assertion, and exchangePrefix for a subject token.
const (
	tokenPrefix      = "wbt_"
	federationPrefix = "sk-ant-oat01-"
	exchangePrefix   = "wbx_"
)

// Credentials are all credentials that a client of the mock can use.
type Credentials struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	// Key is an API key.
	Key string `json:"key"`
	// JWTSecret is the HS256 key.
	JWTSecret string `json:"jwt_secret"`
	// SigningKey is an ECDSA P-256 private key, PKCS #8 in PEM, for ES256 JWTs and assertions.
	SigningKey string `json:"signing_key"`
	// KeyID is the kid of SigningKey.
	KeyID string `json:"key_id"`
}

// NewCredentials generates a mock's credentials from random, except those given in c.
// It fails if random does.
func NewCredentials(random io.Reader, c Config) (Credentials, error) {
	cred := Credentials{ClientID: clientID, JWTSecret: c.JWT.Secret}
	if len(c.Keys) > 0 {
		cred.Key = c.Keys[0]
	}
	for _, secret := range []*string{&cred.ClientSecret, &cred.Key, &cred.JWTSecret} {
		if *secret != "" {
			continue
		}
		text, err := randomText(random)
		if err != nil {
			return Credentials{}, fmt.Errorf("generate the mock's credentials: %w", err)
		}
		*secret = text
	}
	var err error
	if cred.SigningKey, cred.KeyID, err = generateKey(random); err != nil {
		return Credentials{}, fmt.Errorf("generate the mock's signing key: %w", err)
	}
	return cred, nil
}

// randomText returns 192 random bits as 32 characters of URL-safe base64.
func randomText(random io.Reader) (string, error) {
	var raw [24]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), nil
}

// generateKey returns a private key in PEM and the hash of its public key as its ID. It
// derives the scalar itself, since ecdsa.GenerateKey ignores the random source it is
// given; it hashes the random bytes, so that any of them make a valid key.
func generateKey(random io.Reader) (text, kid string, err error) {
	var raw [32]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", "", err
	}
	scalar := sha256.Sum256(raw[:])
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:]) // one hash in 2³² is out of range
	if err != nil {
		return "", "", err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return "", "", err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return "", "", err
	}
	sum := sha256.Sum256(public)
	text = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	return text, base64.RawURLEncoding.EncodeToString(sum[:12]), nil
}
