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

// ClientID is the OAuth client that the mock knows.
const ClientID = "weighbridge"

// tokenPrefix and federationPrefix mark the opaque tokens that the mock issues
// for a client's secret and for an assertion, the latter as the real API does.
const (
	tokenPrefix      = "wbt_"
	federationPrefix = "sk-ant-oat01-"
)

// Credentials are what a client of the mock may prove itself with.
type Credentials struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	// Key is an API key.
	Key string `json:"key"`
	// JWTSecret is the HS256 key.
	JWTSecret string `json:"jwt_secret"`
	// SigningKey is an ECDSA P-256 private key, PKCS #8 in PEM, for ES256 JWTs and assertions.
	SigningKey string `json:"signing_key"`
	// KeyID is the kid under which the mock knows the public half of SigningKey.
	KeyID string `json:"key_id"`
}

// NewCredentials draws a mock's credentials from random, but for those that c
// lays down. It fails when random does.
func NewCredentials(random io.Reader, c Config) (Credentials, error) {
	cred := Credentials{ClientID: ClientID, JWTSecret: c.JWT.Secret}
	if len(c.Keys) > 0 {
		cred.Key = c.Keys[0]
	}
	for _, secret := range []*string{&cred.ClientSecret, &cred.Key, &cred.JWTSecret} {
		if *secret != "" {
			continue
		}
		drawn, err := draw(random)
		if err != nil {
			return Credentials{}, fmt.Errorf("draw the mock's credentials: %w", err)
		}
		*secret = drawn
	}
	var err error
	if cred.SigningKey, cred.KeyID, err = drawKey(random); err != nil {
		return Credentials{}, fmt.Errorf("draw the mock's signing key: %w", err)
	}
	return cred, nil
}

// draw returns 192 random bits as 32 characters that need no escaping anywhere.
func draw(random io.Reader) (string, error) {
	var raw [24]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), nil
}

// drawKey returns a private key in PEM and the hash of its public half. It
// makes the scalar itself, as ecdsa.GenerateKey takes no random of others; a
// hash, so that whatever random gives makes a key.
func drawKey(random io.Reader) (text, kid string, err error) {
	var raw [32]byte
	if _, err := io.ReadFull(random, raw[:]); err != nil {
		return "", "", err
	}
	scalar := sha256.Sum256(raw[:])
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), scalar[:]) // one draw in 2³² is out of range
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
