// Package authz decides which credentials the mock accepts: API keys; opaque tokens,
// which it issues in exchange for a client secret or a signed assertion and checks by
// introspection; and JWTs, which it verifies.
package authz

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"weighbridge/mockserver/dist"
)

// Config says which credentials the mock accepts and how long checking them takes.
type Config struct {
	// Keys are the accepted API keys; default none, which accepts any non-empty key.
	Keys []string `yaml:"keys"`
	// OAuth configures the token endpoint and the introspection of its opaque tokens.
	OAuth OAuth `yaml:"oauth"`
	// JWT says how JWTs are verified.
	JWT JWT `yaml:"jwt"`
	// Federation configures the exchange of foreign assertions for the mock's own tokens.
	Federation Federation `yaml:"federation"`
}

// OAuth configures the token endpoint and the introspection of its opaque tokens.
type OAuth struct {
	// TTL is the lifetime of a token, 1s…8760h; default 1h.
	TTL time.Duration `yaml:"ttl" check:"min=1s,max=8760h"`
	// Latency is how long the token endpoint takes, at least 0; default 5ms.
	Latency dist.Duration `yaml:"latency"`
	// Introspect is how long an introspection takes on the auth server, at least 0; default 1ms.
	Introspect dist.Duration `yaml:"introspect"`
	// Cache is how long the API remembers that a token was valid, and asks the auth server no more, 0…8760h; default 0, it asks for every request. A token that is revoked is accepted for as long.
	Cache time.Duration `yaml:"cache" check:"min=0,max=8760h"`
	// RevokeOld revokes a client's older tokens when it fetches a new one; default false.
	RevokeOld bool `yaml:"revoke_old"`
	// Grace is how long a revoked token remains valid, 0…8760h; default 0.
	Grace time.Duration `yaml:"grace" check:"min=0,max=8760h"`
	// Limit is the rate limit of the token endpoint; default none.
	Limit *Limit `yaml:"limit"`
}

// Limit is a token bucket with continuous refill; requests beyond it are answered with a 429.
type Limit struct {
	// Rate is the refill rate in requests per second, 0…1000000; default 0, no refill.
	Rate float64 `yaml:"rate" check:"min=0,max=1000000"`
	// Burst is the bucket's capacity in requests, 0…1000000; default 0, which counts as 1.
	Burst int `yaml:"burst" check:"min=0,max=1000000"`
}

// JWT says how JWTs are verified.
type JWT struct {
	// Leeway is the tolerance for exp, nbf and iat, 0…8760h; default 30s.
	Leeway time.Duration `yaml:"leeway" check:"min=0,max=8760h"`
	// Secret is the HS256 key; default none: one is generated at start.
	Secret string `yaml:"secret"`
	// Algs are the accepted signature algorithms: HS256, RS256, ES256 or EdDSA; default none, which accepts all four.
	Algs []string `yaml:"algs" check:"enum=HS256|RS256|ES256|EdDSA"`
	// Issuer is the required iss; default none, any.
	Issuer string `yaml:"issuer"`
	// Audience is the required aud; default none, any.
	Audience string `yaml:"audience"`
	// Keys maps key IDs to the PEM public keys for RS256, ES256 and EdDSA; default none but the mock's own, for ES256.
	Keys map[string]string `yaml:"keys"`
}

// Federation configures the exchange of foreign assertions for the mock's own tokens.
type Federation struct {
	// TTL is the lifetime of a token, 1m…24h; default 1h.
	TTL time.Duration `yaml:"ttl" check:"min=1m,max=24h"`
	// Leeway is the tolerance for an assertion's exp, nbf and iat, 0…8760h; default 30s.
	Leeway time.Duration `yaml:"leeway" check:"min=0,max=8760h"`
	// Failure is how a bad assertion is refused: invalid_grant, a 400 as in RFC 6749, or unauthorized, a 401 in the API's own format; default invalid_grant.
	Failure string `yaml:"failure" check:"enum=invalid_grant|unauthorized"`
	// Rule is the required federation_rule_id; default none, any.
	Rule string `yaml:"rule"`
	// Latency is how long the endpoint takes, at least 0; default 5ms.
	Latency dist.Duration `yaml:"latency"`
}

// Validate checks what the tags of single fields cannot express. Messages begin with
// the field's path below mock.
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
