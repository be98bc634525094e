package authz

import (
	"context"
	"net/http"
	"strings"

	"weighbridge/mockserver/clock"
)

// Refusal is why a credential is not accepted.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// Authorizer decides which requests are let in.
type Authorizer struct {
	keys       map[string]bool
	jwt        verifier
	introspect Introspect
}

// NewAuthorizer returns the judge of c. verifierClock is the time that JWTs are
// checked against, introspect how opaque tokens are looked up.
func NewAuthorizer(c Config, cred Credentials, verifierClock clock.Clock, introspect Introspect) *Authorizer {
	a := &Authorizer{
		keys:       make(map[string]bool, len(c.Keys)),
		jwt:        newVerifier(cred.JWTSecret, c.JWT.Leeway, verifierClock.Now),
		introspect: introspect,
	}
	for _, key := range c.Keys {
		a.keys[key] = true
	}
	return a
}

// Check accepts a request by its headers. A Refusal means that the credential
// is not good, any other error that it could not be checked.
//
// X-Api-Key holds an API key. A Bearer of three parts joined by dots is always
// verified as a JWT, one that begins like the mock's own tokens is introspected,
// and any other is an API key.
func (a *Authorizer) Check(ctx context.Context, h http.Header) error {
	if key := h.Get("X-Api-Key"); key != "" {
		return a.checkKey(key)
	}
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	switch {
	case !strings.EqualFold(scheme, "Bearer") || token == "":
		return Refusal("no credential: send Authorization: Bearer or X-Api-Key")
	case strings.Count(token, ".") == 2:
		if err := a.jwt.verify(token); err != nil {
			return Refusal(err.Error())
		}
		return nil
	case strings.HasPrefix(token, tokenPrefix):
		return a.checkOpaque(ctx, token)
	}
	return a.checkKey(token)
}

func (a *Authorizer) checkKey(key string) error {
	if len(a.keys) > 0 && !a.keys[key] {
		return Refusal("unknown API key")
	}
	return nil
}

func (a *Authorizer) checkOpaque(ctx context.Context, token string) error {
	active, err := a.introspect(ctx, token)
	if err != nil {
		return err
	}
	if !active {
		return Refusal("the token is unknown, expired or revoked")
	}
	return nil
}
