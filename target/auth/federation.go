package auth

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"weighbridge/target"
)

// The wire of workload identity federation, from the official SDKs: Anthropic's exchanges an
// assertion (RFC 7523, but in JSON), OpenAI's a subject token (RFC 8693, but in JSON).
const (
	grantAssertion = "urn:ietf:params:oauth:grant-type:jwt-bearer"
	grantExchange  = "urn:ietf:params:oauth:grant-type:token-exchange"
	tokenTypes     = "urn:ietf:params:oauth:token-type:"

	betaOAuth      = "oauth-2025-04-20"
	betaFederation = "oidc-federation-2026-04-01"
)

// maxIdentity is the length of the longest identity token in bytes, as the SDK has it.
const maxIdentity = 16 << 10

// maxAnswer is the length of the longest answer of a token endpoint that is read, in bytes.
const maxAnswer = 1 << 20

// exchange is the body of a request for a token. Each API has its own fields.
type exchange struct {
	GrantType string `json:"grant_type"`

	Assertion    string `json:"assertion,omitempty"`
	Rule         string `json:"federation_rule_id,omitempty"`
	Organization string `json:"organization_id,omitempty"`
	Workspace    string `json:"workspace_id,omitempty"`

	ClientID         string `json:"client_id,omitempty"`
	SubjectToken     string `json:"subject_token,omitempty"`
	SubjectTokenType string `json:"subject_token_type,omitempty"`
	IdentityProvider string `json:"identity_provider_id,omitempty"`

	ServiceAccount string `json:"service_account_id,omitempty"`
}

// federated exchanges identity tokens for tokens of an API.
type federated struct {
	identity func(ctx context.Context) (token, error)
	// body is what is sent with an identity token.
	body     func(identity string) exchange
	betas    string // the header anthropic-beta of the exchange; "" sends none
	endpoint *url.URL
	options  Options
}

// federation returns a source that exchanges identity tokens. A request whose token is rejected
// is sent again with a new one, once, as the SDKs do.
func (r resolver) federation() (source, error) {
	identity, err := r.identity()
	if err != nil {
		return source{}, err
	}
	endpoint, err := tokenURL(r.options.Base, r.cfg.TokenPath)
	if err != nil {
		return source{}, err
	}
	f := federated{identity: identity, endpoint: endpoint, options: r.options, body: r.assertionOf, betas: betaOAuth + "," + betaFederation}
	adorn := addBeta
	if target.OpenAIFederation(r.options.Dialect) {
		f.body, f.betas, adorn = r.subjectOf, "", nil
	}
	return source{get: f.get, remote: true, repeats: true, adorn: adorn}, nil
}

// identity returns what obtains identity tokens: a command, a file, or the client's own key.
func (r resolver) identity() (func(context.Context) (token, error), error) {
	switch {
	case len(r.cfg.Command) > 0:
		return command{r.cfg.Command, r.options.Now}.get, nil
	case r.cfg.File != "":
		return func(context.Context) (token, error) { return readCredential(r.cfg.File, r.options.Now()) }, nil
	}
	if r.cfg.JWT.Key == "" {
		r.cfg.JWT.Alg = "ES256" // identity tokens are not signed with a secret
	}
	s, err := r.signer()
	s.subject = cmp.Or(s.subject, s.issuer)
	return s.sign, err
}

// assertionOf is the body for Anthropic's API.
func (r resolver) assertionOf(identity string) exchange {
	c := r.cfg.Federation
	return exchange{
		GrantType: grantAssertion, Assertion: identity, Rule: r.made(c.Rule, "fdrl_mock"),
		Organization: r.made(c.Organization, "00000000-0000-4000-8000-000000000000"), ServiceAccount: c.ServiceAccount, Workspace: c.Workspace,
	}
}

// subjectOf is the body for OpenAI's API.
func (r resolver) subjectOf(identity string) exchange {
	c := r.cfg.Federation
	return exchange{
		GrantType: grantExchange, ClientID: r.cfg.ClientID, SubjectToken: identity, SubjectTokenType: tokenTypes + cmp.Or(c.TokenType, "jwt"),
		IdentityProvider: r.made(c.IdentityProvider, "idp_mock"), ServiceAccount: r.made(c.ServiceAccount, "svc_mock"),
	}
}

// made returns a name, or one that is made up if there is none and the target is the mock.
func (r resolver) made(given, up string) string {
	if given == "" && r.options.Defaults.SigningKey != "" {
		return up
	}
	return given
}

// addBeta names the feature that the API wants named with each of its tokens.
func addBeta(h http.Header) {
	const header = "Anthropic-Beta"
	names := h.Values(header)
	for name := range strings.SplitSeq(strings.Join(names, ","), ",") {
		if strings.TrimSpace(name) == betaOAuth {
			return
		}
	}
	h.Set(header, strings.Join(append(names, betaOAuth), ","))
}

// get obtains an identity token and exchanges it.
func (f federated) get(ctx context.Context) (token, error) {
	identity, err := f.identity(ctx)
	if err != nil {
		return token{}, fmt.Errorf("the identity token: %w", err)
	}
	f.options.Secrets.AddToken(identity.value)
	if len(identity.value) > maxIdentity {
		return token{}, fmt.Errorf("the identity token has %d bytes: expected at most %d", len(identity.value), maxIdentity)
	}
	body, err := json.Marshal(f.body(identity.value))
	if err != nil {
		return token{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.endpoint.String(), bytes.NewReader(body))
	if err != nil {
		return token{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	if f.betas != "" {
		req.Header.Set("Anthropic-Beta", f.betas)
	}
	answer, err := f.send(req)
	if err != nil {
		return token{}, fmt.Errorf("exchange the identity token: %w", err)
	}
	return answer, nil
}

// send sends the request and reads the token in its answer.
func (f federated) send(req *http.Request) (token, error) {
	resp, err := tokenClient(f.options.Tokens).Do(req)
	if err != nil {
		return token{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return token{}, err
	}
	var answer struct {
		AccessToken string          `json:"access_token"`
		TokenType   string          `json:"token_type"`
		ExpiresIn   float64         `json:"expires_in"`
		Error       json.RawMessage `json:"error"`
		Description string          `json:"error_description"`
	}
	err = json.Unmarshal(raw, &answer)
	switch {
	case resp.StatusCode != http.StatusOK:
		return token{}, fmt.Errorf("the token endpoint answered %s%s", resp.Status, wordsOf(answer.Error, answer.Description))
	case err != nil:
		return token{}, errors.New("the token endpoint's answer is not the expected JSON")
	case answer.AccessToken == "":
		return token{}, errors.New("the token endpoint's answer has no access_token")
	case answer.TokenType != "" && !strings.EqualFold(answer.TokenType, "Bearer"):
		return token{}, fmt.Errorf("the token endpoint issues tokens of type %.40q: expected Bearer", answer.TokenType)
	}
	return token{value: answer.AccessToken, life: cmp.Or(lifeOf(answer.ExpiresIn), assumedLife)}, nil
}

// wordsOf returns what an error response says after a space: RFC 6749's code and description,
// or the type and message of the APIs' own format.
func wordsOf(code json.RawMessage, description string) string {
	var own struct{ Type, Message string }
	var text string
	if json.Unmarshal(code, &text) != nil {
		_ = json.Unmarshal(code, &own) // in any other format there are no words
		text, description = own.Type, own.Message
	}
	words := strings.TrimSuffix(text+": "+description, ": ")
	if words == "" {
		return ""
	}
	return " " + words
}
