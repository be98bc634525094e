package authz

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"time"
)

// The features that the real API requires in anthropic-beta: the first with every use
// of an OAuth token, both with an exchange.
const (
	betaOAuth      = "oauth-2025-04-20"
	betaFederation = "oidc-federation-2026-04-01"
)

const grantJWTBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// minFederationLifetime is the shortest lifetime of a token issued for an assertion.
const minFederationLifetime = time.Minute

// federationRequest is the body of a federation request. Other fields, such as
// service_account_id and workspace_id, are ignored, as by the real API.
type federationRequest struct {
	GrantType        string `json:"grant_type"`
	Assertion        string `json:"assertion"`
	FederationRuleID string `json:"federation_rule_id"`
	OrganizationID   string `json:"organization_id"`
}

// ServeFederation serves the endpoint of workload identity federation, which exchanges
// a signed assertion for an opaque token (RFC 7523 §2.1, but in JSON, as in the real
// API). The assertion is checked against the issuer's clock. A bad assertion is refused
// as Federation.Failure says, a malformed request with a 400 invalid_request. The
// endpoint shares the token endpoint's limit.
func (i *Issuer) ServeFederation(w http.ResponseWriter, r *http.Request) {
	s := i.settings.Load()
	if !i.admitAndWait(w, r, s.Federation.Latency) {
		return
	}
	request, invalid := readFederation(w, r)
	if invalid != nil {
		writeJSON(w, invalid.Status, invalid)
		return
	}
	expires, err := s.checkFederation(request)
	if err != nil {
		s.refuseAssertion(w, err)
		return
	}
	i.answerAssertion(w, s, expires, tokenResponse{AccessToken: federationPrefix, TokenType: "Bearer"})
}

// answerAssertion issues a token for an assertion that expires then, and answers with it.
// answer holds the token's prefix.
func (i *Issuer) answerAssertion(w http.ResponseWriter, s *settings, expires time.Time, answer tokenResponse) {
	now := i.clock.Now()
	lifetime := s.Federation.lifetime(expires.Sub(now))
	token, err := i.issueFederation(answer.AccessToken, now, lifetime)
	if err != nil {
		writeJSON(w, http.StatusInternalServerError, problem{Code: "server_error", Description: err.Error()})
		return
	}
	answer.AccessToken, answer.ExpiresIn = token, int64(lifetime/time.Second)
	writeJSON(w, http.StatusOK, answer)
}

// lifetime returns the lifetime of a token, in whole seconds like expires_in, from the
// remaining lifetime of its assertion. The rule is the real API's, from the SDK's doc of
// token_lifetime_seconds.
func (f Federation) lifetime(remaining time.Duration) time.Duration {
	return max(minFederationLifetime, min(f.TTL, 2*remaining).Truncate(time.Second))
}

// checkFederation checks the federation rule and the assertion, and returns when the
// assertion expires.
func (s *settings) checkFederation(request federationRequest) (expires time.Time, err error) {
	if rule := s.Federation.Rule; rule != "" && rule != request.FederationRuleID {
		return time.Time{}, fmt.Errorf("there is no federation rule %.64q", request.FederationRuleID)
	}
	return s.assertions.checkAssertion(request.Assertion)
}

// refuseAssertion answers in one of the two forms in use, as Federation.Failure says.
func (s *settings) refuseAssertion(w http.ResponseWriter, why error) {
	if s.Federation.Failure != "unauthorized" {
		writeJSON(w, http.StatusBadRequest, problem{Code: "invalid_grant", Description: why.Error()})
		return
	}
	type failure struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="weighbridge"`)
	writeJSON(w, http.StatusUnauthorized, struct {
		Type  string  `json:"type"`
		Error failure `json:"error"`
	}{"error", failure{"authentication_error", why.Error()}})
}

func readFederation(w http.ResponseWriter, r *http.Request) (federationRequest, *problem) {
	var request federationRequest
	if invalid := readJSON(w, r, &request); invalid != nil {
		return request, invalid
	}
	if invalid := checkGrantType(request.GrantType, grantJWTBearer); invalid != nil {
		return request, invalid
	}
	for _, feature := range []string{betaOAuth, betaFederation} {
		if !hasBeta(r.Header, feature) {
			return request, invalidRequest("the header anthropic-beta must name " + feature)
		}
	}
	switch {
	case request.Assertion == "":
		return request, invalidRequest("assertion is missing")
	case request.FederationRuleID == "":
		return request, invalidRequest("federation_rule_id is missing")
	case request.OrganizationID == "":
		return request, invalidRequest("organization_id is missing")
	}
	return request, nil
}

// readJSON reads the JSON body of a POST.
func readJSON(w http.ResponseWriter, r *http.Request, into any) *problem {
	if r.Method != http.MethodPost {
		return invalidRequest("the method must be POST")
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return invalidRequest("the Content-Type must be application/json")
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, MaxForm)).Decode(into); err != nil {
		return invalidRequest(fmt.Sprintf("the body cannot be read: %v", err))
	}
	return nil
}

// checkGrantType refuses all but one type of grant.
func checkGrantType(given, supported string) *problem {
	switch given {
	case "":
		return invalidRequest("grant_type is missing")
	case supported:
		return nil
	}
	return &problem{http.StatusBadRequest, "unsupported_grant_type", "only " + supported + " is supported"}
}
