package authz

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// verifier checks HS256 tokens against a clock of its own.
type verifier struct {
	parser *jwt.Parser
	key    []byte
}

// newVerifier asks for exp and grants leeway on exp, nbf and iat. A token
// issued in the verifier's future is refused, which golang-jwt does only when
// told to: without it, a clock that is behind would never show.
func newVerifier(secret string, leeway time.Duration, now func() time.Time) verifier {
	return verifier{
		key: []byte(secret),
		parser: jwt.NewParser(
			jwt.WithTimeFunc(now),
			jwt.WithLeeway(leeway),
			jwt.WithIssuedAt(),
			jwt.WithExpirationRequired(),
			jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		),
	}
}

// verify checks a token; the issuer may be anybody who holds the secret.
func (v verifier) verify(token string) error {
	var claims jwt.RegisteredClaims
	_, err := v.parser.ParseWithClaims(token, &claims, func(*jwt.Token) (any, error) { return v.key, nil })
	return err
}
