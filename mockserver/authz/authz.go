package authz

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"weighbridge/mockserver/clock"
)

// Refusal is why a credential is not accepted.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// The schemes by which a request may be let in.
const (
	SchemeKey        = "apikey"
	SchemeOAuth      = "oauth"
	SchemeJWT        = "jwt"
	SchemeFederation = "federation"
)

// Identity is who was let in, and how.
type Identity struct {
	// Scheme is one of SchemeKey, SchemeOAuth, SchemeJWT and SchemeFederation.
	Scheme string
	// Generation is the number of the issued token, counted from 1; 0 for keys and JWTs.
	Generation uint64
}

// maxBearer bounds a Bearer credential in bytes: what is longer is refused
// before anything is made of it.
const maxBearer = 16 << 10

// Authorizer decides which requests are let in. It is safe for concurrent use.
type Authorizer struct {
	cred       Credentials
	now        func() time.Time
	introspect Introspect
	rules      atomic.Pointer[rules]
}

// rules are a Config as Check reads it; they never change.
type rules struct {
	keys map[string]bool
	jwt  verifier
}

// NewAuthorizer returns the judge of c, which must have been validated.
// verifier is the clock that JWTs are checked against, introspect how opaque
// tokens are looked up.
func NewAuthorizer(c Config, cred Credentials, verifier clock.Clock, introspect Introspect) *Authorizer {
	a := &Authorizer{cred: cred, now: verifier.Now, introspect: introspect}
	a.Configure(c)
	return a
}

// Configure judges by c, which must have been validated, from the next Check on.
func (a *Authorizer) Configure(c Config) {
	r := &rules{keys: make(map[string]bool, len(c.Keys)), jwt: newVerifier(c, a.cred, a.now)}
	for _, key := range c.Keys {
		r.keys[key] = true
	}
	a.rules.Store(r)
}

// Check says who is let in by a request's headers. A Refusal means that the
// credential is not good, any other error that it could not be checked.
//
// X-Api-Key holds an API key. A Bearer of three parts joined by dots, or one
// that begins as a JOSE header does, is always verified as a JWT; one that
// begins like the mock's own tokens is introspected; any other is an API key.
// No Bearer may be longer than 16 KiB.
func (a *Authorizer) Check(ctx context.Context, h http.Header) (Identity, error) {
	rules := a.rules.Load()
	if key := h.Get("X-Api-Key"); key != "" {
		return rules.checkKey(key)
	}
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return Identity{}, Refusal("no credential: send Authorization: Bearer or X-Api-Key")
	case len(token) > maxBearer:
		return Identity{}, Refusal("the Bearer is longer than 16 KiB")
	}
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return Identity{}, Refusal("no credential: the Bearer is empty")
	case looksSigned(token):
		if err := rules.jwt.verify(token); err != nil {
			return Identity{}, Refusal(err.Error())
		}
		return Identity{Scheme: SchemeJWT}, nil
	case strings.HasPrefix(token, tokenPrefix):
		return a.checkOpaque(ctx, SchemeOAuth, token)
	case strings.HasPrefix(token, federationPrefix):
		// The real API asks for it; its clients are known by their version header.
		if h.Get("Anthropic-Version") != "" && !hasBeta(h, betaOAuth) {
			return Identity{}, Refusal("a token of /v1/oauth/token needs the header anthropic-beta: " + betaOAuth)
		}
		return a.checkOpaque(ctx, SchemeFederation, token)
	}
	return rules.checkKey(token)
}

// looksSigned tells a JWT, even a broken one, from a key: eyJ is how {" begins in base64.
func looksSigned(token string) bool {
	return strings.Count(token, ".") == 2 || strings.HasPrefix(token, "eyJ")
}

func (r *rules) checkKey(key string) (Identity, error) {
	if len(r.keys) > 0 && !r.keys[key] {
		return Identity{}, Refusal("unknown API key")
	}
	return Identity{Scheme: SchemeKey}, nil
}

func (a *Authorizer) checkOpaque(ctx context.Context, scheme, token string) (Identity, error) {
	found, active, err := a.introspect(ctx, token)
	if err != nil {
		return Identity{}, err
	}
	if !active {
		return Identity{}, Refusal("the token is unknown, expired or revoked")
	}
	return Identity{scheme, found.Generation}, nil
}

// hasBeta reports whether anthropic-beta, a list that may stand in several headers, names a feature.
func hasBeta(h http.Header, feature string) bool {
	for _, list := range h.Values("Anthropic-Beta") {
		for name := range strings.SplitSeq(list, ",") {
			if strings.TrimSpace(name) == feature {
				return true
			}
		}
	}
	return false
}
