package auth

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jwt returns a source of tokens with iss, iat and exp, signed with HS256.
func (r resolver) jwt(now func() time.Time) (source, error) {
	issuer, idErr := r.cfg.JWT.Issuer, error(nil)
	if issuer == "" {
		issuer, idErr = r.clientID()
	}
	secret, secretErr := r.secret("target.auth.jwt.secret", r.cfg.JWT.Secret, r.defaults.JWTSecret)
	if err := errors.Join(idErr, secretErr); err != nil {
		return source{}, err
	}
	key, life := []byte(secret), r.cfg.JWT.TTL
	sign := func(context.Context) (token, error) {
		issued := now()
		claims := jwt.RegisteredClaims{
			Issuer:    issuer,
			IssuedAt:  jwt.NewNumericDate(issued),
			ExpiresAt: jwt.NewNumericDate(issued.Add(life)),
		}
		signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(key)
		if err != nil {
			return token{}, fmt.Errorf("sign a token: %w", err)
		}
		return token{value: signed, life: life}, nil
	}
	return source{get: sign}, nil
}
