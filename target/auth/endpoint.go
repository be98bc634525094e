package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"weighbridge/target"
)

// tokenTimeout is the time limit for obtaining one token.
const tokenTimeout = 30 * time.Second

// assumedLife is the life of a token whose endpoint does not say it, as the SDKs have it.
const assumedLife = time.Hour

// errRedirect is why a token request failed that was answered with a redirect.
var errRedirect = errors.New("the token endpoint redirects, and credentials must not follow a redirect")

// tokenClient returns the client that sends token requests.
func tokenClient(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport: t, Timeout: tokenTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return errRedirect },
	}
}

// tokenURL returns the URL of the token endpoint: a path on the server of base, or a URL.
func tokenURL(base *url.URL, endpoint string) (*url.URL, error) {
	if !strings.HasPrefix(endpoint, "/") {
		u, err := target.ParseURL(endpoint)
		if err != nil {
			return nil, fmt.Errorf("target.auth.token_path: %w", err)
		}
		return u, nil
	}
	path, err := target.ParsePath(endpoint)
	if err != nil {
		return nil, fmt.Errorf("target.auth.token_path: %w", err)
	}
	return path.On(base), nil
}
