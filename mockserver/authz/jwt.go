package authz

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// verifier verifies signed tokens by a clock of its own.
type verifier struct {
	parser *jwt.Parser
	keys   keyring
}

// newVerifier returns a verifier of JWTs that clients send as credentials. The list of
// algorithms must never be empty: golang-jwt would accept any.
func newVerifier(c Config, cred Credentials, now func() time.Time) verifier {
	algs := c.JWT.Algs
	if len(algs) == 0 {
		algs = []string{"HS256", "RS256", "ES256", "EdDSA"}
	}
	options := append(timeOptions(now, c.JWT.Leeway), jwt.WithValidMethods(algs))
	if c.JWT.Issuer != "" {
		options = append(options, jwt.WithIssuer(c.JWT.Issuer))
	}
	if c.JWT.Audience != "" {
		options = append(options, jwt.WithAudience(c.JWT.Audience))
	}
	return verifier{jwt.NewParser(options...), newKeyring(c.JWT, cred)}
}

// timeOptions requires exp and accepts a token from iat − leeway (and nbf − leeway)
// inclusive to exp + leeway exclusive. golang-jwt checks iat only with WithIssuedAt;
// without it, a verifier whose clock is slow would never refuse a token.
func timeOptions(now func() time.Time, leeway time.Duration) []jwt.ParserOption {
	return []jwt.ParserOption{
		jwt.WithTimeFunc(now), jwt.WithLeeway(leeway), jwt.WithIssuedAt(), jwt.WithExpirationRequired(),
	}
}

// verify checks a token, including its signature; results are not cached.
func (v verifier) verify(token string) error {
	_, err := v.parser.ParseWithClaims(token, &claims{}, v.keys.keyFor)
	return err
}

// maxAssertionLifetime is the longest time from iat to exp of an assertion,
// maxAssertionBytes its greatest length.
const (
	maxAssertionLifetime = time.Hour
	maxAssertionBytes    = 16 << 10
)

// newAssertionVerifier returns a verifier of assertions, for which HMAC is refused.
func newAssertionVerifier(c Config, cred Credentials, now func() time.Time) verifier {
	algs := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
	options := append(timeOptions(now, c.Federation.Leeway), jwt.WithValidMethods(algs))
	return verifier{jwt.NewParser(options...), newKeyring(c.JWT, cred)}
}

// checkAssertion checks an assertion (RFC 7523 §3) and returns when it expires.
func (v verifier) checkAssertion(token string) (expires time.Time, err error) {
	if len(token) > maxAssertionBytes {
		return time.Time{}, errors.New("the assertion is longer than 16 KiB")
	}
	var found claims
	if _, err := v.parser.ParseWithClaims(token, &found, v.keys.keyFor); err != nil {
		return time.Time{}, err
	}
	switch {
	case found.Subject == "":
		return time.Time{}, errors.New("the assertion has no sub")
	case found.Issued == nil:
		return time.Time{}, errors.New("the assertion has no iat")
	case found.Expires.Sub(found.Issued.Time) > maxAssertionLifetime:
		return time.Time{}, errors.New("the assertion's exp is more than 1h after its iat")
	}
	return found.Expires.Time, nil
}
