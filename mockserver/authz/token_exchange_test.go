package authz_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

// subjectFields is a well-formed token exchange, as OpenAI's SDK sends it.
func subjectFields(subject string) map[string]any {
	return map[string]any{
		"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": subject,
		"subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "identity_provider_id": "idp_1", "service_account_id": "svc_1",
	}
}

func exchangeSubject(t *testing.T, issuer *authz.Issuer, fields map[string]any) (int, tokenResponse) {
	t.Helper()
	raw, err := json.Marshal(fields)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "/oauth/token", strings.NewReader(string(raw)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	issuer.ServeExchange(w, r)
	return w.Code, readTokenResponse(t, w)
}

func TestSubjectTokensAreExchanged(t *testing.T) {
	now := clock.NewManual(start)
	issuer := newFederation(authz.Federation{TTL: 10 * time.Minute}, now)
	authorizer := authz.NewAuthorizer(authz.Config{Keys: []string{"another"}}, signingCredentials(), now, issuer.Introspect)
	for _, kind := range []string{"jwt", "id_token"} {
		fields := subjectFields(signEC(t, claims(start, lifetime)))
		fields["subject_token_type"] = "urn:ietf:params:oauth:token-type:" + kind
		status, response := exchangeSubject(t, issuer, fields)
		if status != http.StatusOK || response.TokenType != "Bearer" || response.ExpiresIn != 600 {
			t.Fatalf("%s: got %d %+v", kind, status, response)
		}
		who, err := authorizer.Check(t.Context(), bearer(response.AccessToken))
		if err != nil || who.Scheme != authz.SchemeFederation {
			t.Errorf("%s: accepted as %+v, %v", kind, who, err)
		}
	}
	if now.Advance(10 * time.Minute); admits(t, authorizer, bearer("wbx_unknown")) {
		t.Error("an unknown token is accepted")
	}
}

func TestBadSubjectTokensAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change  func(map[string]any)
		failure string
		status  int
		code    string
	}{
		"an expired one":     {func(f map[string]any) { f["subject_token"] = signEC(t, claims(start.Add(-2*lifetime), lifetime)) }, "", 400, "invalid_subject_token"},
		"as an unauthorized": {func(f map[string]any) { f["subject_token"] = "x" }, "unauthorized", 401, "invalid_subject_token"},
		"no subject token":   {func(f map[string]any) { delete(f, "subject_token") }, "", 400, "invalid_request"},
		"no type":            {func(f map[string]any) { delete(f, "subject_token_type") }, "", 400, "invalid_request"},
		"no provider":        {func(f map[string]any) { delete(f, "identity_provider_id") }, "", 400, "invalid_request"},
		"no account":         {func(f map[string]any) { delete(f, "service_account_id") }, "", 400, "invalid_request"},
		"no grant":           {func(f map[string]any) { delete(f, "grant_type") }, "", 400, "invalid_request"},
		"another grant":      {func(f map[string]any) { f["grant_type"] = "refresh_token" }, "", 400, "unsupported_grant_type"},
	} {
		issuer := newFederation(authz.Federation{TTL: time.Hour, Failure: c.failure}, clock.NewManual(start))
		fields := subjectFields(signEC(t, claims(start, lifetime)))
		c.change(fields)
		if status, response := exchangeSubject(t, issuer, fields); status != c.status || response.Error != c.code || response.AccessToken != "" {
			t.Errorf("%s: got %d %+v, want %d %s", name, status, response, c.status, c.code)
		}
	}
}
