// Package auth gives requests their credentials: an API key, an OAuth token, or
// a JWT signed here.
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

// Credentials are what a scenario leaves out and the bundled mock gives.
type Credentials struct {
	Key          string
	ClientID     string
	ClientSecret string
	JWTSecret    string
}

// Options is what a scheme needs beyond the scenario.
type Options struct {
	Base   *url.URL
	Own    Credentials
	Tokens http.RoundTripper // carries token requests
	Now    func() time.Time
}

// Cost is what credentials took so far.
type Cost struct {
	// Count is how many were fetched or signed, Total the time that took, Life how long one is good for.
	Count uint64
	Total time.Duration
	Life  time.Duration
	// Requests is how many token requests went out.
	Requests uint64
}

// Scheme puts a credential on requests and says what that cost.
type Scheme interface {
	transport.Authorizer
	Cost() Cost
}

// New makes the scheme that cfg asks for; none is nil. References to secrets are
// read here, and fail here.
func New(cfg target.Auth, o Options) (Scheme, error) {
	r := resolver{own: o.Own, cfg: cfg}
	switch cfg.Scheme {
	case "none":
		return nil, nil
	case "apikey":
		key, err := r.secret("target.auth.key", cfg.Key, o.Own.Key)
		return keyScheme(key), err
	case "oauth":
		source, err := r.oauth(o)
		return newCached(source, cfg.Refresh.Policy, cfg.Refresh.Early, o.Now), err
	case "jwt":
		source, err := r.jwt(o.Now)
		return newCached(source, PolicyAhead, cfg.JWT.Early, o.Now), err
	}
	return nil, fmt.Errorf("target.auth.scheme: %q is not built yet", cfg.Scheme)
}

// resolver fills what the scenario leaves out from the mock's own.
type resolver struct {
	own Credentials
	cfg target.Auth
}

func (r resolver) secret(key string, given target.Secret, own string) (string, error) {
	if given == "" {
		if own == "" {
			return "", fmt.Errorf("%s: expected a reference to a secret, found none", key)
		}
		return own, nil
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
	if r.own.ClientID == "" {
		return "", errors.New("target.auth.client_id: expected a client id, found none")
	}
	return r.own.ClientID, nil
}

// bearer sets and reads the Authorization header of RFC 6750 §2.1.
func bearer(token string) string { return "Bearer " + token }

func bearerOf(h http.Header) string {
	token, _ := strings.CutPrefix(h.Get("Authorization"), "Bearer ")
	return token
}
