package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/target"
)

// signer signs tokens with iss and exp, and with iat, nbf, sub and aud where they are wanted.
type signer struct {
	key             signingKey
	issuer, subject string
	audience        jwt.ClaimStrings
	life            time.Duration
	// dated adds iat, notBefore nbf.
	dated, notBefore bool
	now              func() time.Time
}

// signer returns the signer that target.auth.jwt describes.
func (r resolver) signer() (signer, error) {
	cfg := r.cfg.JWT
	issuer, idErr := cfg.Issuer, error(nil)
	if issuer == "" {
		issuer, idErr = r.clientID()
	}
	key, keyErr := r.signingKey()
	s := signer{key: key, issuer: issuer, subject: cfg.Subject, life: cfg.TTL, dated: cfg.IssuedAt, notBefore: cfg.NotBefore, now: r.options.Now}
	if r.cfg.Audience != "" {
		s.audience = jwt.ClaimStrings{r.cfg.Audience}
	}
	id, kidErr := cfg.KeyID.Expand()
	if kidErr != nil {
		kidErr = fmt.Errorf("target.auth.jwt.kid: %w", kidErr)
	}
	if id != "" {
		s.key.id = id
	}
	return s, errors.Join(idErr, keyErr, kidErr)
}

// signingKey returns the key: a private one, or a secret for HS256.
func (r resolver) signingKey() (signingKey, error) {
	cfg, own := r.cfg.JWT, r.options.Defaults
	if cfg.Key == "" && (cfg.Alg == "" || cfg.Alg == "HS256") {
		secret, err := r.secret("target.auth.jwt.secret", cfg.Secret, own.JWTSecret)
		return signingKey{method: jwt.SigningMethodHS256, key: []byte(secret)}, err
	}
	text, err := r.secret("target.auth.jwt.key", cfg.Key, own.SigningKey)
	if err != nil {
		return signingKey{}, err
	}
	r.options.Secrets.Add(text)
	key, err := parseKey(text, cfg.Alg)
	if err != nil {
		return signingKey{}, fmt.Errorf("target.auth.jwt.key: %w", err)
	}
	r.options.Secrets.Add(key.material...)
	if cfg.Key == "" {
		key.id = own.KeyID
	}
	return key, nil
}

// sign returns a new token.
func (s signer) sign(context.Context) (token, error) {
	issued := s.now()
	claims := jwt.RegisteredClaims{Issuer: s.issuer, Subject: s.subject, Audience: s.audience, ExpiresAt: jwt.NewNumericDate(issued.Add(s.life))}
	if s.dated {
		claims.IssuedAt = jwt.NewNumericDate(issued)
	}
	if s.notBefore {
		claims.NotBefore = jwt.NewNumericDate(issued)
	}
	t := jwt.NewWithClaims(s.key.method, claims)
	if s.key.id != "" {
		t.Header["kid"] = s.key.id
	}
	signed, err := t.SignedString(s.key.key)
	if err != nil {
		return token{}, fmt.Errorf("sign a token: %w", err)
	}
	return token{value: signed, life: s.life}, nil
}

// CheckKey returns an error if target.auth.jwt.key can be read and is no key for the algorithm.
func CheckKey(cfg target.JWT) error {
	if cfg.Key == "" {
		return nil
	}
	text, err := cfg.Key.Reveal()
	if err != nil {
		return nil // a run says so; until then it need not be there
	}
	if _, err := parseKey(text, cfg.Alg); err != nil {
		return fmt.Errorf("target.auth.jwt.key: %w", err)
	}
	return nil
}
