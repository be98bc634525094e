package authz

import (
	"net/http"
)

const (
	grantTokenExchange = "urn:ietf:params:oauth:grant-type:token-exchange"

	tokenTypeJWT    = "urn:ietf:params:oauth:token-type:jwt"
	tokenTypeID     = "urn:ietf:params:oauth:token-type:id_token"
	tokenTypeAccess = "urn:ietf:params:oauth:token-type:access_token"
)

// exchangeRequest is the body of a token exchange. Other fields, such as client_id, are ignored.
type exchangeRequest struct {
	GrantType          string `json:"grant_type"`
	SubjectToken       string `json:"subject_token"`
	SubjectTokenType   string `json:"subject_token_type"`
	IdentityProviderID string `json:"identity_provider_id"`
	ServiceAccountID   string `json:"service_account_id"`
}

// ServeExchange serves the endpoint of OpenAI's workload identity, which exchanges a signed
// identity token for an opaque token (RFC 8693 §2, but in JSON, as in the real API). The
// identity token is checked as by ServeFederation, with the same settings; a bad one is refused
// with invalid_subject_token, a 400 or, as Federation.Failure says, a 401.
func (i *Issuer) ServeExchange(w http.ResponseWriter, r *http.Request) {
	s := i.settings.Load()
	if !i.admitAndWait(w, r, s.Federation.Latency) {
		return
	}
	request, invalid := readExchange(w, r)
	if invalid != nil {
		writeJSON(w, invalid.Status, invalid)
		return
	}
	expires, err := s.assertions.checkAssertion(request.SubjectToken)
	if err != nil {
		refusal := problem{http.StatusBadRequest, "invalid_subject_token", err.Error()}
		if s.Federation.Failure == "unauthorized" {
			refusal.Status = http.StatusUnauthorized
		}
		writeJSON(w, refusal.Status, refusal)
		return
	}
	i.answerAssertion(w, s, expires, tokenResponse{AccessToken: exchangePrefix, TokenType: "Bearer", IssuedTokenType: tokenTypeAccess})
}

func readExchange(w http.ResponseWriter, r *http.Request) (exchangeRequest, *problem) {
	var request exchangeRequest
	if invalid := readJSON(w, r, &request); invalid != nil {
		return request, invalid
	}
	if invalid := checkGrantType(request.GrantType, grantTokenExchange); invalid != nil {
		return request, invalid
	}
	switch {
	case request.SubjectToken == "":
		return request, invalidRequest("subject_token is missing")
	case request.SubjectTokenType != tokenTypeJWT && request.SubjectTokenType != tokenTypeID:
		return request, invalidRequest("subject_token_type must be " + tokenTypeJWT + " or " + tokenTypeID)
	case request.IdentityProviderID == "":
		return request, invalidRequest("identity_provider_id is missing")
	case request.ServiceAccountID == "":
		return request, invalidRequest("service_account_id is missing")
	}
	return request, nil
}
