package authz

import (
	"encoding/base64"
	"fmt"
	"io"
)

// ClientID is the OAuth client that the mock knows.
const ClientID = "weighbridge"

// tokenPrefix marks the opaque tokens that the mock issues.
const tokenPrefix = "wbt_"

// Credentials are what a client of the mock may prove itself with.
type Credentials struct {
	ClientID, ClientSecret string
	// Key is an API key.
	Key string
	// JWTSecret is the HS256 key.
	JWTSecret string
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
