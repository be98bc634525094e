// Package authz decides which credentials the mock accepts: API keys, opaque
// OAuth tokens, which it issues and introspects, and JWTs, which it verifies.
package authz

import (
	"fmt"
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
}

// JWT is how signed tokens are verified.
type JWT struct {
	// Leeway is granted on exp, nbf and iat, at least 0; default 30s.
	Leeway time.Duration `yaml:"leeway" check:"min=0"`
	// Secret is the HS256 key; default none: one is generated at start.
	Secret string `yaml:"secret"`
}

// Validate checks what one field alone cannot show.
func (c Config) Validate() error {
	if err := c.OAuth.Latency.Validate(); err != nil {
		return fmt.Errorf("auth.oauth.latency: %w", err)
	}
	if err := c.OAuth.Introspect.Validate(); err != nil {
		return fmt.Errorf("auth.oauth.introspect: %w", err)
	}
	return nil
}
