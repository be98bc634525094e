package authz

import (
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// verifier checks signed tokens against a clock of its own.
type verifier struct {
	parser *jwt.Parser
	keys   keyring
}

// newVerifier checks JWTs that are sent as they are. No list of algorithms is
// ever empty: golang-jwt takes that for all of them.
func newVerifier(c Config, cred Credentials, now func() time.Time) verifier {
	algs := c.JWT.Algs
	if len(algs) == 0 {
		algs = []string{"HS256", "RS256", "ES256"}
	}
	options := append(timely(now, c.JWT.Leeway), jwt.WithValidMethods(algs))
	if c.JWT.Issuer != "" {
		options = append(options, jwt.WithIssuer(c.JWT.Issuer))
	}
	if c.JWT.Audience != "" {
		options = append(options, jwt.WithAudience(c.JWT.Audience))
	}
	return verifier{jwt.NewParser(options...), newKeyring(c.JWT, cred)}
}

// timely asks for exp and accepts a token from iat − leeway (and nbf − leeway),
// that moment included, until exp + leeway, that moment left out. iat is checked
// only because it is asked for here: without it, a clock that is behind would never show.
func timely(now func() time.Time, leeway time.Duration) []jwt.ParserOption {
	return []jwt.ParserOption{
		jwt.WithTimeFunc(now), jwt.WithLeeway(leeway), jwt.WithIssuedAt(), jwt.WithExpirationRequired(),
	}
}

// verify checks a token, signature and all, each time anew.
func (v verifier) verify(token string) error {
	var claims jwt.RegisteredClaims
	_, err := v.parser.ParseWithClaims(token, &claims, v.keys.choose)
	return err
}

// longestAssertion is how far apart iat and exp of an assertion may be, and
// maxAssertion its length in bytes.
const (
	longestAssertion = time.Hour
	maxAssertion     = 16 << 10
)

// newAssertionVerifier checks assertions, which are never signed with a secret.
func newAssertionVerifier(c Config, cred Credentials, now func() time.Time) verifier {
	algs := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"}
	options := append(timely(now, c.Federation.Leeway), jwt.WithValidMethods(algs))
	return verifier{jwt.NewParser(options...), newKeyring(c.JWT, cred)}
}

// assertion checks an assertion (RFC 7523 §3) and says when it ends.
func (v verifier) assertion(token string) (ends time.Time, err error) {
	if len(token) > maxAssertion {
		return time.Time{}, errors.New("the assertion is longer than 16 KiB")
	}
	var claims jwt.RegisteredClaims
	if _, err := v.parser.ParseWithClaims(token, &claims, v.keys.choose); err != nil {
		return time.Time{}, err
	}
	switch {
	case claims.Subject == "":
		return time.Time{}, errors.New("the assertion has no sub")
	case claims.IssuedAt == nil:
		return time.Time{}, errors.New("the assertion has no iat")
	case claims.ExpiresAt.Sub(claims.IssuedAt.Time) > longestAssertion:
		return time.Time{}, errors.New("the assertion's exp is over 1h after its iat")
	}
	return claims.ExpiresAt.Time, nil
}
