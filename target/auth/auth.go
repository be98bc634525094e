// Package auth adds credentials to requests: API keys, tokens that are fetched, exchanged,
// printed by a command or read from a file, and JWTs that the client signs itself.
package auth

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
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
	// SigningKey is a private key in PEM, for ES256, and KeyID its kid.
	SigningKey, KeyID string
}

// Options holds what a scheme needs besides the target.auth section.
type Options struct {
	Base     *url.URL
	Dialect  string // decides how scheme federation exchanges tokens
	Defaults Credentials
	Tokens   http.RoundTripper // sends token requests
	Now      func() time.Time
	// Secrets learns every credential, to keep it out of texts; nil is a Redactor of the scheme's own.
	Secrets *target.Redactor
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
	// PerRequest says that every request obtains a credential of its own.
	PerRequest bool
	// Waits is the number of requests that waited for a token, which is the Auth of their Parts.
	Waits uint64
}

// Scheme adds a credential to requests and reports what that cost.
type Scheme interface {
	transport.Authorizer
	Cost() Cost
	// Close ends what runs in the background. The scheme must not be used afterwards.
	Close()
}

// New returns the scheme that cfg selects; nil for the scheme none. References to
// secrets are resolved here, so an unresolvable one is an error of New; commands are run,
// and files of credentials read, with the first request.
func New(cfg target.Auth, o Options) (Scheme, error) {
	if o.Secrets == nil {
		o.Secrets = &target.Redactor{}
	}
	o.Now = skewed(o.Now, cfg.Clock)
	r := resolver{cfg: cfg, options: o}
	ahead := refreshOf(cfg.Refresh)
	switch cfg.Scheme {
	case "none":
		return nil, nil
	case "apikey":
		key, err := r.secret("target.auth.key", cfg.Key, o.Defaults.Key)
		return keyScheme{carrierOf(cfg.Header), key}, err
	case "oauth":
		source, err := r.oauth()
		return r.cached(source, ahead, ""), err
	case "jwt":
		signer, err := r.signer()
		if cfg.JWT.PerRequest {
			return &perRequest{signer: signer, secrets: o.Secrets}, err
		}
		signed := ahead
		signed.early = cfg.JWT.Early
		if signed.policy == PolicyOn401 {
			signed.policy = PolicyAhead // a client that signs itself knows when its token expires
		}
		return r.cached(source{get: signer.sign}, signed, ""), err
	case "federation":
		source, err := r.federation()
		return r.cached(source, ahead, ""), err
	case "exec":
		if len(cfg.Command) == 0 {
			return nil, errors.New("target.auth.command: expected a command, found none")
		}
		return r.cached(source{get: command{cfg.Command, o.Now}.get, every: cfg.Every}, ahead, cfg.Header), nil
	case "file":
		file := &rotating{path: cfg.File, now: o.Now}
		return r.cached(source{get: file.get, every: cmp.Or(cfg.Every, everyFile)}, ahead, cfg.Header), nil
	}
	return nil, fmt.Errorf("target.auth.scheme: unknown scheme %q", cfg.Scheme)
}

// skewed is a clock that is off from another one, from now on by its drift too.
func skewed(now func() time.Time, c target.Clock) func() time.Time {
	if c == (target.Clock{}) {
		return now
	}
	since := now()
	return func() time.Time {
		t := now()
		return t.Add(c.Offset + time.Duration(c.Drift*float64(t.Sub(since))))
	}
}

// resolver resolves credentials: the scenario's, or else the defaults.
type resolver struct {
	cfg     target.Auth
	options Options
}

// cached returns a scheme that keeps the tokens of a source and sends them in a header.
func (r resolver) cached(s source, when refresh, header string) *cached {
	return newCached(s, when, carrierOf(header), r.options.Now, r.options.Secrets)
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
	if r.options.Defaults.ClientID == "" {
		return "", errors.New("target.auth.client_id: expected a client id, found none")
	}
	return r.options.Defaults.ClientID, nil
}

// CheckSources checks, without running or reading anything, that the program exists that prints
// the credential, and the file that holds it.
func CheckSources(cfg target.Auth) error {
	takes := cfg.Scheme == "federation"
	if (takes || cfg.Scheme == "exec") && len(cfg.Command) > 0 {
		if _, err := exec.LookPath(cfg.Command[0]); err != nil {
			return fmt.Errorf("target.auth.command: %w", err)
		}
	}
	if (takes || cfg.Scheme == "file") && cfg.File != "" {
		if _, err := os.Stat(cfg.File); err != nil {
			return fmt.Errorf("target.auth.file: %w", err)
		}
	}
	return nil
}
