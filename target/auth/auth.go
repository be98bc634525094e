// Package auth adds credentials to requests: an API key, an OAuth access token,
// or a JWT that the client signs itself.
package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"weighbridge/target"
	"weighbridge/target/transport"
)

// Credentials are the ones the bundled mock accepts, used for whatever a scenario
// does not set. They are empty for any other target.
type Credentials struct {
	Key          string
	ClientID     string
	ClientSecret string
	JWTSecret    string
}

// Options holds what a scheme needs besides the target.auth section.
type Options struct {
	Base     *url.URL
	Defaults Credentials
	Tokens   http.RoundTripper // sends token requests
	Now      func() time.Time
	Learned  func(token string) // is told every token, to keep it out of texts; may be nil
}

// Cost counts the credentials obtained so far, and the time and requests that they took.
type Cost struct {
	// Count is the number of tokens fetched or signed.
	Count uint64
	// Total is the time spent fetching or signing them.
	Total time.Duration
	// Life is the lifetime of the latest token.
	Life time.Duration
	// Requests is the number of token requests sent, failed ones included.
	Requests uint64
}

// Scheme adds a credential to requests and reports what that cost.
type Scheme interface {
	transport.Authorizer
	Cost() Cost
}

// New returns the scheme that cfg selects; nil for the scheme none. References to
// secrets are resolved here, so an unresolvable one is an error of New.
func New(cfg target.Auth, o Options) (Scheme, error) {
	r := resolver{defaults: o.Defaults, cfg: cfg}
	switch cfg.Scheme {
	case "none":
		return nil, nil
	case "apikey":
		key, err := r.secret("target.auth.key", cfg.Key, o.Defaults.Key)
		return newKeyScheme(cfg.Header, key), err
	case "oauth":
		source, err := r.oauth(o)
		source.learned = o.Learned
		return newCached(source, cfg.Refresh.Policy, cfg.Refresh.Early, o.Now), err
	case "jwt":
		source, err := r.jwt(o.Now)
		source.learned = o.Learned
		return newCached(source, PolicyAhead, cfg.JWT.Early, o.Now), err
	}
	return nil, fmt.Errorf("target.auth.scheme: %q is not built yet", cfg.Scheme)
}

// resolver resolves credentials: the scenario's, or else the defaults.
type resolver struct {
	defaults Credentials
	cfg      target.Auth
}

// secret resolves the reference given under key; fallback if the scenario has none.
func (r resolver) secret(key string, given target.Secret, fallback string) (string, error) {
	if given == "" {
		if fallback == "" {
			return "", fmt.Errorf("%s: expected a reference to a secret, found none", key)
		}
		return fallback, nil
	}
	value, err := given.Reveal()
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	return value, nil
}

func (r resolver) clientID() (string, error) {
	if r.cfg.ClientID != "" {
		return r.cfg.ClientID, nil
	}
	if r.defaults.ClientID == "" {
		return "", errors.New("target.auth.client_id: expected a client id, found none")
	}
	return r.defaults.ClientID, nil
}

// bearer returns the Authorization header for a token (RFC 6750 §2.1).
func bearer(token string) string { return "Bearer " + token }

// bearerOf returns the token in the Authorization header; "" if there is none.
func bearerOf(h http.Header) string {
	token, _ := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	return token
}
