package authz

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"time"
)

// The features that the real API wants named in anthropic-beta: the first with
// every use of an OAuth token, both with an exchange.
const (
	betaOAuth      = "oauth-2025-04-20"
	betaFederation = "oidc-federation-2026-04-01"
)

const grantJWTBearer = "urn:ietf:params:oauth:grant-type:jwt-bearer"

// leastFederationLife is the least life of a token that an assertion is exchanged for.
const leastFederationLife = time.Minute

// exchange is the body of a federation request. What else it holds is ignored,
// as the real API does; service_account_id and workspace_id are such.
type exchange struct {
	GrantType        string `json:"grant_type"`
	Assertion        string `json:"assertion"`
	FederationRuleID string `json:"federation_rule_id"`
	OrganizationID   string `json:"organization_id"`
}

// ServeFederation is the endpoint of workload identity federation: a signed
// assertion in, an opaque token out (RFC 7523 §2.1, in JSON as the real API has
// it). The assertion is checked against the issuer's clock. One that is not good
// is answered as Federation.Failure says, a request that is not well formed with
// 400 invalid_request. The endpoint shares the token endpoint's limit.
func (i *Issuer) ServeFederation(w http.ResponseWriter, r *http.Request) {
	s := i.settings.Load()
	if !i.begin(w, r, s.Federation.Latency) {
		return
	}
	asked, wrong := readExchange(w, r)
	if wrong != nil {
		answer(w, wrong.Status, wrong)
		return
	}
	ends, err := s.accept(asked)
	if err != nil {
		s.refuse(w, err)
		return
	}
	now := i.clock.Now()
	life := s.Federation.life(ends.Sub(now))
	token, err := i.issueFederation(now, life)
	if err != nil {
		answer(w, http.StatusInternalServerError, problem{Code: "server_error", Description: err.Error()})
		return
	}
	answer(w, http.StatusOK, grant{token, "Bearer", int64(life / time.Second)})
}

// life is how long a token lives whose assertion has this long to live: the
// real API's rule, from the SDK's doc of token_lifetime_seconds. It is whole
// seconds, as expires_in is.
func (f Federation) life(left time.Duration) time.Duration {
	return max(leastFederationLife, min(f.TTL, 2*left).Truncate(time.Second))
}

// accept says when an assertion ends that is good for what it is exchanged for.
func (s *settings) accept(asked exchange) (ends time.Time, err error) {
	if rule := s.Federation.Rule; rule != "" && rule != asked.FederationRuleID {
		return time.Time{}, fmt.Errorf("there is no federation rule %.64q", asked.FederationRuleID)
	}
	return s.assertions.assertion(asked.Assertion)
}

// refuse answers in one of the two forms that are seen.
func (s *settings) refuse(w http.ResponseWriter, why error) {
	if s.Federation.Failure != "unauthorized" {
		answer(w, http.StatusBadRequest, problem{Code: "invalid_grant", Description: why.Error()})
		return
	}
	type failure struct {
		Type    string `json:"type"`
		Message string `json:"message"`
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="weighbridge"`)
	answer(w, http.StatusUnauthorized, struct {
		Type  string  `json:"type"`
		Error failure `json:"error"`
	}{"error", failure{"authentication_error", why.Error()}})
}

func readExchange(w http.ResponseWriter, r *http.Request) (exchange, *problem) {
	var asked exchange
	if r.Method != http.MethodPost {
		return asked, invalidRequest("the method must be POST")
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return asked, invalidRequest("the Content-Type must be application/json")
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, MaxForm)).Decode(&asked); err != nil {
		return asked, invalidRequest(fmt.Sprintf("the body cannot be read: %v", err))
	}
	switch {
	case asked.GrantType == "":
		return asked, invalidRequest("grant_type is missing")
	case asked.GrantType != grantJWTBearer:
		return asked, &problem{http.StatusBadRequest, "unsupported_grant_type", "only " + grantJWTBearer + " is"}
	}
	for _, feature := range []string{betaOAuth, betaFederation} {
		if !hasBeta(r.Header, feature) {
			return asked, invalidRequest("the header anthropic-beta must name " + feature)
		}
	}
	switch {
	case asked.Assertion == "":
		return asked, invalidRequest("assertion is missing")
	case asked.FederationRuleID == "":
		return asked, invalidRequest("federation_rule_id is missing")
	case asked.OrganizationID == "":
		return asked, invalidRequest("organization_id is missing")
	}
	return asked, nil
}
