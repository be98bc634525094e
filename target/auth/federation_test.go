package auth

import (
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/target"
)

// exchanged is what a token endpoint was sent.
type exchanged struct {
	path, beta string
	body       map[string]string
}

// federate sends one request under scheme federation; the token endpoint answers with a status
// and a body.
func federate(t *testing.T, dialect string, cfg target.Auth, status int, answer string) (http.Header, exchanged, *target.Redactor, error) {
	t.Helper()
	cfg.Scheme, cfg.Refresh = "federation", target.Refresh{Policy: PolicyAhead, Early: time.Minute}
	var got exchanged
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got.path, got.beta = r.Method+" "+r.URL.Path, r.Header.Get("Anthropic-Beta")
		if kind := r.Header.Get("Content-Type"); kind != "application/json" {
			t.Errorf("the Content-Type is %s", kind)
		}
		if err := json.NewDecoder(r.Body).Decode(&got.body); err != nil {
			t.Error(err)
		}
		if status == http.StatusFound {
			http.Redirect(w, r, "/elsewhere", status)
			return
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	})
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	var secrets target.Redactor
	s, err := New(cfg, Options{Base: base, Dialect: dialect, Tokens: transport, Now: time.Now, Secrets: &secrets})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	h := http.Header{"Anthropic-Beta": {"mine"}}
	err = s.Authorize(t.Context(), h)
	if err == nil && (s.Cost().Count != 1 || s.Cost().Requests != 1 || !s.Rejected(h)) {
		t.Errorf("cost %+v, want one token by one request; and a retry after a 401, as the SDKs do", s.Cost())
	}
	return h, got, &secrets, err
}

func TestFederationExchangesAsTheSDKsDo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity")
	put(t, path, "ident1ty\n", true)
	const answer = `{"access_token": "sk-ant-oat01-x", "token_type": "Bearer", "expires_in": 600}`
	names := target.Federation{Rule: "fdrl_1", Organization: "org", ServiceAccount: "svac_1", Workspace: "default", IdentityProvider: "idp_1"}
	for _, c := range []struct {
		dialect    string
		federation target.Federation
		beta       string
		sent       string
		want       map[string]string
	}{
		{
			"anthropic", names, "oauth-2025-04-20,oidc-federation-2026-04-01", "mine,oauth-2025-04-20",
			map[string]string{
				"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "ident1ty", "federation_rule_id": "fdrl_1",
				"organization_id": "org", "service_account_id": "svac_1", "workspace_id": "default",
			},
		},
		{
			"http",
			target.Federation{Rule: "fdrl_1", Organization: "org"},
			"oauth-2025-04-20,oidc-federation-2026-04-01", "mine,oauth-2025-04-20",
			map[string]string{
				"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "ident1ty", "federation_rule_id": "fdrl_1", "organization_id": "org",
			},
		},
		{
			"openai", names, "", "mine",
			map[string]string{
				"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": "ident1ty",
				"subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "identity_provider_id": "idp_1", "service_account_id": "svac_1",
			},
		},
	} {
		h, got, secrets, err := federate(t, c.dialect, target.Auth{File: path, TokenPath: "/token", Federation: c.federation}, 200, answer)
		if err != nil || h.Get("Authorization") != "Bearer sk-ant-oat01-x" || h.Get("Anthropic-Beta") != c.sent {
			t.Errorf("%s: %v (%v)", c.dialect, h, err)
		}
		if got.path != "POST /token" || got.beta != c.beta {
			t.Errorf("%s: %s with the betas %q", c.dialect, got.path, got.beta)
		}
		if diff := cmp.Diff(c.want, got.body); diff != "" {
			t.Errorf("%s: the body differs (-want +got):\n%s", c.dialect, diff)
		}
		if text := secrets.Redact("ident1ty sk-ant-oat01-x"); text != "[secret] [secret]" {
			t.Errorf("%s: not all is known as secret: %s", c.dialect, text)
		}
	}
}

func TestFailuresOfFederation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "identity")
	put(t, path, "ident1ty", true)
	long := filepath.Join(t.TempDir(), "long")
	put(t, long, strings.Repeat("x", maxIdentity+1), true)
	for _, c := range []struct {
		file   string
		status int
		answer string
		want   string
	}{
		{path, 400, `{"error": "invalid_grant", "error_description": "it has expired"}`, "exchange the identity token: the token endpoint answered 400 Bad Request invalid_grant: it has expired"},
		{path, 401, `{"type": "error", "error": {"type": "authentication_error", "message": "no rule"}}`, "401 Unauthorized authentication_error: no rule"},
		{path, 502, "<html>", "answered 502 Bad Gateway"},
		{path, 302, "", "credentials must not follow a redirect"},
		{path, 200, "<html>", "not the expected JSON"},
		{path, 200, "{}", "has no access_token"},
		{path, 200, `{"access_token": "x", "token_type": "mac"}`, "expected Bearer"},
		{long, 200, "", "expected at most 16384"},
		{path + ".none", 200, "", "the identity token: target.auth.file: "},
	} {
		_, _, _, err := federate(t, "anthropic", target.Auth{File: c.file, TokenPath: "/token"}, c.status, c.answer)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d %s: %v, want %q", c.status, c.answer, err, c.want)
		}
	}
}
