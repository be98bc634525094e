package authz

import (
	"encoding/json"
	"errors"

	"github.com/golang-jwt/jwt/v5"
)

// claims are the registered claims of a JWT. Its dates are JSON numbers, as RFC 7519 §2
// requires: golang-jwt also takes numbers in quotes.
type claims struct {
	jwt.RegisteredClaims
	Expires *date `json:"exp"`
	Starts  *date `json:"nbf"`
	Issued  *date `json:"iat"`
}

// GetExpirationTime implements jwt.Claims.
func (c claims) GetExpirationTime() (*jwt.NumericDate, error) { return c.Expires.numeric(), nil }

// GetNotBefore implements jwt.Claims.
func (c claims) GetNotBefore() (*jwt.NumericDate, error) { return c.Starts.numeric(), nil }

// GetIssuedAt implements jwt.Claims.
func (c claims) GetIssuedAt() (*jwt.NumericDate, error) { return c.Issued.numeric(), nil }

// date is a number of seconds since 1970.
type date struct{ jwt.NumericDate }

// maxDate is the end of the year 9999. Far later dates overflow Go's.
const maxDate = 253_402_300_799

// UnmarshalJSON reads a JSON number from 0 to maxDate.
func (d *date) UnmarshalJSON(raw []byte) error {
	var seconds float64
	if err := json.Unmarshal(raw, &seconds); err != nil || seconds < 0 || seconds > maxDate {
		return errors.New("exp, nbf and iat: expected a number of seconds since 1970")
	}
	return d.NumericDate.UnmarshalJSON(raw)
}

// numeric returns the date; nil if there is none.
func (d *date) numeric() *jwt.NumericDate {
	if d == nil {
		return nil
	}
	return &d.NumericDate
}
