package auth

import (
	"context"
	"net/http"
)

// keyScheme sends an API key as a Bearer token.
type keyScheme string

// Authorize sets the Authorization header.
func (k keyScheme) Authorize(_ context.Context, h http.Header) error {
	h.Set("Authorization", bearer(string(k)))
	return nil
}

// Rejected returns false: the same key would be rejected again.
func (k keyScheme) Rejected(http.Header) bool { return false }

// Cost returns zero: nothing is fetched or signed.
func (k keyScheme) Cost() Cost { return Cost{} }
