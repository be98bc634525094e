package sdk_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go/v2/option"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/auth"
	openaioption "github.com/openai/openai-go/v3/option"
)

// identityProvider gives the SDK of OpenAI identity tokens.
type identityProvider struct{ next option.IdentityTokenFunc }

func (p identityProvider) TokenType() auth.SubjectTokenType { return auth.SubjectTokenTypeJWT }

func (p identityProvider) GetToken(ctx context.Context, _ auth.HTTPDoer) (string, error) {
	return p.next(ctx)
}

// toMock sends what is for OpenAI's token endpoint, whose URL is fixed, to a mock.
type toMock struct {
	mock *url.URL
	http.RoundTripper
}

func (m toMock) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "auth.openai.com" {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = m.mock.Scheme, m.mock.Host, ""
	}
	return m.RoundTripper.RoundTrip(r)
}

// federatedOpenAI returns the SDK's client, which exchanges identity tokens.
func (m *mock) federatedOpenAI(t *testing.T, w *recorder, identity option.IdentityTokenFunc) openai.Client {
	t.Helper()
	address, err := url.Parse(m.arm.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := m.client(t, "HTTP/2.0")
	client.Transport = toMock{address, client.Transport}
	return openai.NewClient(
		openaioption.WithBaseURL(m.arm.URL+"/v1"), openaioption.WithHTTPClient(client), openaioption.WithMaxRetries(0),
		openaioption.WithWorkloadIdentity(auth.WorkloadIdentity{IdentityProviderID: "idp_1", ServiceAccountID: "svc_1", Provider: identityProvider{identity}}),
		openaioption.WithMiddleware(w.middleware),
	)
}

func TestOpenAIFederation(t *testing.T) {
	t.Parallel()
	m, w := newMock(t, acceptKeys("not for us")), &recorder{}
	client := m.federatedOpenAI(t, w, m.assertionSource(t, 0, 50*time.Minute))
	for range 3 {
		if _, err := client.Chat.Completions.New(testContext(t), chatParams(9)); err != nil {
			t.Fatal(err)
		}
	}
	if counts := m.ledger(t); counts.TokenRequests != 1 || counts.Statuses["200"] != 3 {
		t.Errorf("the ledger has %d token requests and the statuses %v", counts.TokenRequests, counts.Statuses)
	}
}

func TestOpenAIFederationRefused(t *testing.T) {
	t.Parallel()
	m, w := newMock(t), &recorder{}
	client := m.federatedOpenAI(t, w, m.assertionSource(t, -10*time.Minute, -time.Minute))
	_, err := client.Chat.Completions.New(testContext(t), chatParams(9))
	if err == nil || !strings.Contains(err.Error(), "invalid_subject_token") {
		t.Errorf("%v, want invalid_subject_token", err)
	}
}
