package auth

import (
	"context"
	"net/http"
)

// keyScheme sends an API key.
type keyScheme struct {
	// header is the name of the header, in canonical form, and value the whole of it.
	header, value string
}

// newKeyScheme returns the scheme that sends a key in a header: as a Bearer token in
// authorization, which is also the default, or alone in any other.
func newKeyScheme(header, key string) keyScheme {
	if header == "" || header == "authorization" {
		return keyScheme{"Authorization", bearer(key)}
	}
	return keyScheme{http.CanonicalHeaderKey(header), key}
}

// Authorize sets the header.
func (k keyScheme) Authorize(_ context.Context, h http.Header) error {
	h.Set(k.header, k.value)
	return nil
}

// Rejected returns false: the same key would be rejected again.
func (k keyScheme) Rejected(http.Header) bool { return false }

// Cost returns zero: nothing is fetched or signed.
func (k keyScheme) Cost() Cost { return Cost{} }
