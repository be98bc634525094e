package authz

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Introspect reports whether an opaque token is active, and what is known of it.
type Introspect func(ctx context.Context, token string) (found Token, active bool, err error)

// introspection is a response of RFC 7662 §2.2, with a field of our own.
type introspection struct {
	Active    bool   `json:"active"`
	ClientID  string `json:"client_id,omitempty"`
	TokenType string `json:"token_type,omitempty"`
	Exp       int64  `json:"exp,omitempty"`
	// Generation is Token.Generation.
	Generation uint64 `json:"weighbridge_generation,omitempty"`
}

// ServeIntrospection serves the introspection endpoint (RFC 7662). The caller
// authenticates with the mock's client credentials, by HTTP Basic or in the form. The
// secret that the mock started with is always accepted, since a resource server that
// checks tokens does not take part in rotations of the client's secret.
func (i *Issuer) ServeIntrospection(w http.ResponseWriter, r *http.Request) {
	form, invalid := readForm(w, r)
	if invalid == nil && !i.isMockItself(clientCredentials(r, form)) {
		invalid = i.checkClient(r, form)
	}
	if invalid != nil {
		writeJSON(w, invalid.Status, invalid)
		return
	}
	cost := i.settings.Load().OAuth.Introspect.Quantile(i.random.Introspect(i.increment(&i.introspections)))
	if i.clock.Sleep(r.Context(), cost) != nil {
		return // the client is gone
	}
	found, active := i.Lookup(form.Get("token"))
	if !active {
		writeJSON(w, http.StatusOK, introspection{})
		return
	}
	writeJSON(w, http.StatusOK, introspection{true, i.cred.ClientID, "Bearer", found.Expires.Unix(), found.Generation})
}

// isMockItself reports whether the client is the mock: whether it presents the credentials that the mock started with.
func (i *Issuer) isMockItself(id, secret string) bool {
	return id == i.cred.ClientID && secret == i.cred.ClientSecret && secret != ""
}

// Remote introspects over HTTP/1.1, with keep-alive connections. It follows no redirect.
type Remote struct {
	url    string
	cred   Credentials
	client *http.Client
}

// remoteConnections is how many idle connections to the auth server are kept; a mock
// never has as many introspections at once.
const remoteConnections = 1024

// NewRemote returns a client of the introspection endpoint at url.
func NewRemote(url string, cred Credentials) *Remote {
	return &Remote{url, cred, NewLoopbackClient()}
}

// NewLoopbackClient returns a client of servers on loopback; to any other address nothing is sent.
func NewLoopbackClient() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         dialLoopback,
			MaxIdleConns:        remoteConnections,
			MaxIdleConnsPerHost: remoteConnections,
			DisableCompression:  true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dialLoopback connects to a server that must be on loopback, as those that a mock asks always are.
func dialLoopback(ctx context.Context, network, address string) (net.Conn, error) {
	at, err := netip.ParseAddrPort(address)
	if err != nil || !at.Addr().IsLoopback() {
		return nil, fmt.Errorf("the server is at %s: expected an address on loopback", address)
	}
	return new(net.Dialer).DialContext(ctx, network, address)
}

// Introspect asks the auth server about a token. Its Expires is in whole seconds. An
// error means that the auth server did not answer as it should.
func (m *Remote) Introspect(ctx context.Context, token string) (Token, bool, error) {
	found, err := m.ask(ctx, token)
	if err != nil {
		return Token{}, false, fmt.Errorf("introspect: %w", err)
	}
	if !found.Active {
		return Token{}, false, nil
	}
	return Token{time.Unix(found.Exp, 0), found.Generation}, true, nil
}

func (m *Remote) ask(ctx context.Context, token string) (introspection, error) {
	var found introspection
	form := url.Values{"token": {token}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.url, strings.NewReader(form))
	if err != nil {
		return found, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.SetBasicAuth(url.QueryEscape(m.cred.ClientID), url.QueryEscape(m.cred.ClientSecret))
	resp, err := m.client.Do(req)
	if err != nil {
		return found, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxForm))
	if err != nil {
		return found, err
	}
	if err := json.Unmarshal(body, &found); err != nil || resp.StatusCode != http.StatusOK {
		return found, fmt.Errorf("the auth server answered %s: %.200s", resp.Status, body)
	}
	return found, nil
}

// Close closes idle connections.
func (m *Remote) Close() { m.client.CloseIdleConnections() }
