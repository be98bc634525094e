// Package authz decides which credentials the mock accepts: API keys, opaque
// tokens, which it issues for a client's secret or a signed assertion and
// introspects, and JWTs, which it verifies.
package authz

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"weighbridge/mockserver/dist"
)

// Config is what the mock accepts and what checking it costs.
type Config struct {
	// Keys are the API keys accepted; default none, which accepts any that is not empty.
	Keys []string `yaml:"keys"`
	// OAuth is the token endpoint and the introspection of its opaque tokens.
	OAuth OAuth `yaml:"oauth"`
	// JWT is how signed tokens are verified.
	JWT JWT `yaml:"jwt"`
	// Federation is the exchange of others' signed tokens for the mock's own.
	Federation Federation `yaml:"federation"`
}

// OAuth is the token endpoint and the introspection of its opaque tokens.
type OAuth struct {
	// TTL is a token's life, at least 1s; default 1h.
	TTL time.Duration `yaml:"ttl" check:"min=1s"`
	// Latency is the token endpoint's, at least 0; default 5ms.
	Latency dist.Duration `yaml:"latency"`
	// Introspect is the cost of one introspection on the auth server, at least 0; default 1ms.
	Introspect dist.Duration `yaml:"introspect"`
	// RevokeOld ends a client's older tokens when it fetches a new one; default false.
	RevokeOld bool `yaml:"revoke_old"`
	// Grace is how long a revoked token still works, at least 0; default 0.
	Grace time.Duration `yaml:"grace" check:"min=0"`
	// Limit bounds the requests for tokens; default none.
	Limit *Limit `yaml:"limit"`
}

// Limit is a bucket that refills continuously; requests past it are answered 429.
type Limit struct {
	// Rate is how many requests come back per second, at least 0; default 0, nothing.
	Rate float64 `yaml:"rate" check:"min=0"`
	// Burst is how many requests the bucket holds, at least 0; default 0, which takes 1.
	Burst int `yaml:"burst" check:"min=0"`
}

// JWT is how signed tokens are verified.
type JWT struct {
	// Leeway is granted on exp, nbf and iat, at least 0; default 30s.
	Leeway time.Duration `yaml:"leeway" check:"min=0"`
	// Secret is the HS256 key; default none: one is generated at start.
	Secret string `yaml:"secret"`
	// Algs are the signatures accepted: HS256, RS256 or ES256; default none, which accepts all three.
	Algs []string `yaml:"algs" check:"enum=HS256|RS256|ES256"`
	// Issuer is the iss that is asked for; default none, any.
	Issuer string `yaml:"issuer"`
	// Audience is the aud that is asked for; default none, any.
	Audience string `yaml:"audience"`
	// Keys maps a key id to the public key in PEM that RS256 and ES256 are checked with; default none but the mock's own.
	Keys map[string]string `yaml:"keys"`
}

// Federation is the exchange of others' signed tokens for the mock's own.
type Federation struct {
	// TTL is an exchanged token's life, 1m…24h; default 1h.
	TTL time.Duration `yaml:"ttl" check:"min=1m,max=24h"`
	// Leeway is granted on an assertion's exp, nbf and iat, at least 0; default 30s.
	Leeway time.Duration `yaml:"leeway" check:"min=0"`
	// Failure is how an assertion is refused: invalid_grant, a 400 of RFC 6749, or unauthorized, a 401 in the API's words; default invalid_grant.
	Failure string `yaml:"failure" check:"enum=invalid_grant|unauthorized"`
	// Rule is the federation_rule_id that is asked for; default none, any.
	Rule string `yaml:"rule"`
	// Latency is the endpoint's, at least 0; default 5ms.
	Latency dist.Duration `yaml:"latency"`
}

// Validate checks what one field alone cannot show. Messages begin with the
// field's path under mock.
func (c Config) Validate() error {
	var problems []error
	for _, cost := range []struct {
		path string
		dist.Duration
	}{
		{"auth.oauth.latency", c.OAuth.Latency},
		{"auth.oauth.introspect", c.OAuth.Introspect},
		{"auth.federation.latency", c.Federation.Latency},
	} {
		if err := cost.Validate(); err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", cost.path, err))
		}
	}
	for _, kid := range slices.Sorted(maps.Keys(c.JWT.Keys)) {
		if _, err := parsePublic(c.JWT.Keys[kid]); err != nil {
			problems = append(problems, fmt.Errorf("auth.jwt.keys.%s: %w", kid, err))
		}
	}
	return errors.Join(problems...)
}
