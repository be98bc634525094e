package auth

import (
	"context"
	"net/http"
)

// keyScheme sends an API key.
type keyScheme struct {
	in  carrier
	key string
}

// Authorize sets the header.
func (k keyScheme) Authorize(_ context.Context, h http.Header) error {
	k.in.put(h, k.key)
	return nil
}

// Rejected returns false: the same key would be rejected again.
func (k keyScheme) Rejected(http.Header) bool { return false }

// Cost returns zero: nothing is fetched or signed.
func (k keyScheme) Cost() Cost { return Cost{} }

// Close does nothing.
func (k keyScheme) Close() {}
