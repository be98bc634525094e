package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"weighbridge/target"
)

// tokenTimeout is the time limit for fetching one token.
const tokenTimeout = 30 * time.Second

// oauth returns a source that fetches tokens with the client credentials grant
// (RFC 6749 §4.4). The client id and secret are sent in the form, as the
// article's client does.
func (r resolver) oauth(o Options) (source, error) {
	id, idErr := r.clientID()
	secret, secretErr := r.secret("target.auth.client_secret", r.cfg.ClientSecret, r.defaults.ClientSecret)
	endpoint, urlErr := tokenURL(o.Base, r.cfg.TokenPath)
	if err := errors.Join(idErr, secretErr, urlErr); err != nil {
		return source{}, err
	}
	cfg := clientcredentials.Config{
		ClientID: id, ClientSecret: secret, TokenURL: endpoint.String(), AuthStyle: oauth2.AuthStyleInParams,
	}
	client := &http.Client{
		Transport: o.Tokens,
		Timeout:   tokenTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return errors.New("the token endpoint redirects, and credentials must not follow a redirect")
		},
	}
	fetch := func(ctx context.Context) (token, error) {
		t, err := cfg.Token(context.WithValue(ctx, oauth2.HTTPClient, client))
		if err != nil {
			return token{}, fmt.Errorf("fetch a token: %w", withoutBody(err))
		}
		life, ok := t.Extra("expires_in").(float64)
		if !ok || life <= 0 {
			life = time.Hour.Seconds()
		}
		return token{value: t.AccessToken, life: time.Duration(life * float64(time.Second))}, nil
	}
	return source{get: fetch, remote: true}, nil
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

// withoutBody reduces a token endpoint's error response to its status and error
// code: the body might echo the client secret.
func withoutBody(err error) error {
	var rejection *oauth2.RetrieveError
	if !errors.As(err, &rejection) {
		return err
	}
	return fmt.Errorf("the token endpoint answered %s %s", rejection.Response.Status, rejection.ErrorCode)
}
