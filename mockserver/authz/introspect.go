package authz

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Introspect says whether an opaque token is good, and what it is.
type Introspect func(ctx context.Context, token string) (found Token, active bool, err error)

// introspection is an answer of RFC 7662 §2.2, with a member of our own.
type introspection struct {
	Active    bool   `json:"active"`
	ClientID  string `json:"client_id,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	Exp       int64  `json:"exp,omitempty"`
	// Generation is Token.Generation.
	Generation uint64 `json:"weighbridge_generation,omitempty"`
}

// ServeIntrospection is the introspection endpoint (RFC 7662). The caller
// proves itself as the mock's own client, by HTTP Basic or in the form; the
// secret that the mock started with always does, as whoever checks tokens does
// not take part in rotations of the client's.
func (i *Issuer) ServeIntrospection(w http.ResponseWriter, r *http.Request) {
	form, wrong := readForm(w, r)
	if wrong == nil && !i.isMock(clientOf(r, form)) {
		wrong = i.checkClient(r, form)
	}
	if wrong != nil {
		answer(w, wrong.Status, wrong)
		return
	}
	cost := i.settings.Load().OAuth.Introspect.Quantile(i.introspect(i.next(&i.introspected)))
	if i.clock.Sleep(r.Context(), cost) != nil {
		return // the client is gone
	}
	found, active := i.Lookup(form.Get("token"))
	if !active {
		answer(w, http.StatusOK, introspection{})
		return
	}
	answer(w, http.StatusOK, introspection{true, i.cred.ClientID, "Bearer", found.Ends.Unix(), found.Generation})
}

// isMock reports whether the credentials are those that the mock started with.
func (i *Issuer) isMock(id, secret string) bool {
	return id == i.cred.ClientID && secret == i.cred.ClientSecret && secret != ""
}

// Remote introspects over HTTP/1.1 with connections kept alive.
type Remote struct {
	url    string
	cred   Credentials
	client *http.Client
}

// remoteConnections is how many idle connections to the auth server are kept:
// more than a mock has introspections at once.
const remoteConnections = 1024

// NewRemote returns the client of an introspection endpoint.
func NewRemote(url string, cred Credentials) *Remote {
	return &Remote{url, cred, &http.Client{Transport: &http.Transport{
		MaxIdleConns:        remoteConnections,
		MaxIdleConnsPerHost: remoteConnections,
		DisableCompression:  true,
	}}}
}

// Introspect asks the auth server, which tells a token's end in whole seconds.
// An error says that it gave no answer.
func (m *Remote) Introspect(ctx context.Context, token string) (Token, bool, error) {
	told, err := m.ask(ctx, token)
	if err != nil {
		return Token{}, false, fmt.Errorf("introspect: %w", err)
	}
	if !told.Active {
		return Token{}, false, nil
	}
	return Token{time.Unix(told.Exp, 0), told.Generation}, true, nil
}

func (m *Remote) ask(ctx context.Context, token string) (introspection, error) {
	var told introspection
	form := url.Values{"token": {token}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, strings.NewReader(form))
	if err != nil {
		return told, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(m.cred.ClientID), url.QueryEscape(m.cred.ClientSecret))
	resp, err := m.client.Do(req)
	if err != nil {
		return told, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxForm))
	if err != nil {
		return told, err
	}
	if err := json.Unmarshal(body, &told); err != nil || resp.StatusCode != http.StatusOK {
		return told, fmt.Errorf("the auth server answered %s: %.200s", resp.Status, body)
	}
	return told, nil
}

// Close closes the connections that are idle.
func (m *Remote) Close() { m.client.CloseIdleConnections() }
