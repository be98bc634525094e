package auth

import (
	"context"
	"net/http"
)

// keyScheme sends an API key as a Bearer token.
type keyScheme string

// Authorize sets the key.
func (k keyScheme) Authorize(_ context.Context, h http.Header) error {
	h.Set("Authorization", bearer(string(k)))
	return nil
}

// Refused never asks for another try: the key stays what it is.
func (k keyScheme) Refused(http.Header) bool { return false }

// Cost is nothing.
func (k keyScheme) Cost() Cost { return Cost{} }
