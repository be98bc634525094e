package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// oauth returns a source that fetches tokens with the client credentials grant
// (RFC 6749 §4.4). The client id and secret are sent in the form, as the
// article's client does.
func (r resolver) oauth() (source, error) {
	id, idErr := r.clientID()
	secret, secretErr := r.secret("target.auth.client_secret", r.cfg.ClientSecret, r.options.Defaults.ClientSecret)
	endpoint, urlErr := tokenURL(r.options.Base, r.cfg.TokenPath)
	if err := errors.Join(idErr, secretErr, urlErr); err != nil {
		return source{}, err
	}
	cfg := clientcredentials.Config{
		ClientID: id, ClientSecret: secret, TokenURL: endpoint.String(), AuthStyle: oauth2.AuthStyleInParams,
		Scopes: strings.Fields(r.cfg.Scope),
	}
	if r.cfg.Audience != "" {
		cfg.EndpointParams = url.Values{"audience": {r.cfg.Audience}}
	}
	client := tokenClient(r.options.Tokens)
	fetch := func(ctx context.Context) (token, error) {
		t, err := cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			return token{}, fmt.Errorf("fetch a token: %w", withoutBody(err))
		}
		seconds, _ := t.Extra("expires_in").(float64)
		return token{value: t.AccessToken, life: cmp.Or(lifeOf(seconds), assumedLife)}, nil
	}
	return source{get: fetch, remote: true}, nil
}

// withoutBody reduces a token endpoint's error response to its status and error
// code: the body might echo the client secret.
func withoutBody(err error) error {
	var rejection *oauth2.RetrieveError
	if !errors.As(err, &rejection) {
		return err
	}
	return fmt.Errorf("the token endpoint answered %s %s", rejection.Response.Status, rejection.ErrorCode)
}
