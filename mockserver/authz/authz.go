package authz

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"weighbridge/mockserver/clock"
)

// Refusal is the error of a credential that is not accepted.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// The schemes by which a request can be authenticated.
const (
	SchemeKey        = "apikey"
	SchemeOAuth      = "oauth"
	SchemeJWT        = "jwt"
	SchemeFederation = "federation"
)

// Identity says how a request was authenticated.
type Identity struct {
	// Scheme is one of SchemeKey, SchemeOAuth, SchemeJWT and SchemeFederation.
	Scheme string
	// Generation is the number of the token, counted from 1 in the order of issue; 0 for keys and JWTs.
	Generation uint64
}

// maxBearerBytes is the largest Bearer credential; longer ones are refused unread.
const maxBearerBytes = 16 << 10

// Authorizer decides which requests are accepted. It is safe for concurrent use.
type Authorizer struct {
	cred       Credentials
	now        func() time.Time
	introspect Introspect
	known      known
	rules      atomic.Pointer[rules]
}

// rules is a Config in the form that Check uses. It is immutable.
type rules struct {
	keys map[string]bool
	jwt  verifier
	// cache is how long an introspection counts.
	cache time.Duration
}

// NewAuthorizer returns an Authorizer for c, which must have been validated.
// JWTs are checked against the clock verifier; introspect looks up opaque tokens.
func NewAuthorizer(c Config, cred Credentials, verifier clock.Clock, introspect Introspect) *Authorizer {
	a := &Authorizer{cred: cred, now: verifier.Now, introspect: introspect}
	a.Configure(c)
	return a
}

// Configure makes c, which must have been validated, effective from the next Check on.
func (a *Authorizer) Configure(c Config) {
	r := &rules{keys: make(map[string]bool, len(c.Keys)), jwt: newVerifier(c, a.cred, a.now), cache: c.OAuth.Cache}
	for _, key := range c.Keys {
		r.keys[key] = true
	}
	a.rules.Store(r)
}

// Check authenticates a request by its headers. A Refusal means that the credential
// is not valid, any other error that it could not be checked.
//
// X-Api-Key, or Azure's Api-Key, holds an API key. A Bearer credential with two dots, or one that begins
// like a JOSE header, is always verified as a JWT; one with the prefix of the mock's
// own tokens is introspected; any other is an API key. A Bearer credential may be at
// most 16 KiB long.
func (a *Authorizer) Check(ctx context.Context, h http.Header) (Identity, error) {
	rules := a.rules.Load()
	for _, name := range []string{"X-Api-Key", "Api-Key"} {
		if key := h.Get(name); key != "" {
			return rules.checkKey(key)
		}
	}
	scheme, token, _ := strings.Cut(h.Get("Authorization"), " ")
	switch {
	case !strings.EqualFold(scheme, "Bearer"):
		return Identity{}, Refusal("no credential: send Authorization: Bearer or X-Api-Key")
	case len(token) > maxBearerBytes:
		return Identity{}, Refusal("the Bearer is longer than 16 KiB")
	}
	token = strings.TrimSpace(token)
	switch {
	case token == "":
		return Identity{}, Refusal("no credential: the Bearer is empty")
	case looksLikeJWT(token):
		if err := rules.jwt.verify(token); err != nil {
			return Identity{}, Refusal(err.Error())
		}
		return Identity{Scheme: SchemeJWT}, nil
	case strings.HasPrefix(token, tokenPrefix):
		return a.checkOpaque(ctx, SchemeOAuth, token)
	case strings.HasPrefix(token, federationPrefix):
		// The real API requires the header; its clients are recognized by anthropic-version.
		if h.Get("Anthropic-Version") != "" && !hasBeta(h, betaOAuth) {
			return Identity{}, Refusal("a token of /v1/oauth/token needs the header anthropic-beta: " + betaOAuth)
		}
		return a.checkOpaque(ctx, SchemeFederation, token)
	case strings.HasPrefix(token, exchangePrefix):
		return a.checkOpaque(ctx, SchemeFederation, token)
	}
	return rules.checkKey(token)
}

// looksLikeJWT distinguishes a JWT, even a malformed one, from an API key: eyJ is the
// base64 of the beginning of {".
func looksLikeJWT(token string) bool {
	return strings.Count(token, ".") == 2 || strings.HasPrefix(token, "eyJ")
}

func (r *rules) checkKey(key string) (Identity, error) {
	if len(r.keys) > 0 && !r.keys[key] {
		return Identity{}, Refusal("unknown API key")
	}
	return Identity{Scheme: SchemeKey}, nil
}

func (a *Authorizer) checkOpaque(ctx context.Context, scheme, token string) (Identity, error) {
	cache := a.rules.Load().cache
	if generation, ok := a.known.find(token, a.now()); ok && cache > 0 {
		return Identity{scheme, generation}, nil
	}
	found, active, err := a.introspect(ctx, token)
	if err != nil {
		return Identity{}, err
	}
	if !active {
		return Identity{}, Refusal("the token is unknown, expired or revoked")
	}
	if cache > 0 {
		now := a.now()
		a.known.add(token, remembered{found.Generation, earlier(now.Add(cache), found.Expires)}, now)
	}
	return Identity{scheme, found.Generation}, nil
}

// hasBeta reports whether anthropic-beta names a feature. The header is a list and may be repeated.
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
