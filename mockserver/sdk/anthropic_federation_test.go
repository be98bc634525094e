package sdk_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"
	"github.com/golang-jwt/jwt/v5"
)

// federationClient returns the SDK's client without an API key: it exchanges assertions for
// tokens. w comes after the credentials, so that it records them.
func (m *mock) federationClient(t *testing.T, w *recorder, assertion option.IdentityTokenFunc) anthropic.Client {
	t.Helper()
	return anthropic.NewClient(
		option.WithoutEnvironmentDefaults(), option.WithBaseURL(m.arm.URL), option.WithHTTPClient(m.client(t, "HTTP/2.0")),
		option.WithFederationTokenProvider(assertion, option.FederationOptions{
			FederationRuleID: "fdrl_1", OrganizationID: "11111111-2222-4333-8444-555555555555", ServiceAccountID: "svac_1",
		}),
		option.WithMiddleware(w.middleware),
	)
}

// assertionSource signs assertions with the mock's key. Their iat and exp are begin and end from now.
func (m *mock) assertionSource(t *testing.T, begin, end time.Duration) option.IdentityTokenFunc {
	t.Helper()
	key, err := jwt.ParseECPrivateKeyFromPEM([]byte(m.arm.SigningKey))
	if err != nil {
		t.Fatal(err)
	}
	return func(context.Context) (string, error) {
		now := time.Now()
		token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.RegisteredClaims{
			Issuer: "https://issuer.example", Subject: "a workload", Audience: jwt.ClaimStrings{"https://api.anthropic.com"},
			IssuedAt: jwt.NewNumericDate(now.Add(begin)), ExpiresAt: jwt.NewNumericDate(now.Add(end)),
		})
		token.Header["kid"] = m.arm.KeyID
		return token.SignedString(key)
	}
}

func TestAnthropicFederation(t *testing.T) {
	t.Parallel()
	m, w := newMock(t, acceptKeys("not for us")), &recorder{}
	client := m.federationClient(t, w, m.assertionSource(t, 0, 10*time.Minute))
	for range 3 {
		if _, err := client.Messages.New(testContext(t), question(9)); err != nil {
			t.Fatal(err)
		}
	}
	sent := w.last(t).sent
	if !strings.HasPrefix(sent.Get("Authorization"), "Bearer sk-ant-oat01-") || sent.Get("Anthropic-Beta") != "oauth-2025-04-20" {
		t.Errorf("it sent %q and %q", sent.Get("Authorization"), sent.Get("Anthropic-Beta"))
	}
	if counts := m.ledger(t); counts.TokenRequests != 1 || counts.Attempts != 3 || counts.Statuses["200"] != 3 {
		t.Errorf("the ledger has %d token requests and %d attempts, %v", counts.TokenRequests, counts.Attempts, counts.Statuses)
	}
}

// After a 401 the SDK gets a new token and sends the request again, once. It does not
// count this as a retry.
func TestAnthropicFederationAfter401(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		w    *recorder
	}{
		{"once", faultOnce("errors.401")},
		{"always", faultAlways("errors.401")},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMock(t)
			client := m.federationClient(t, test.w, m.assertionSource(t, 0, 10*time.Minute))
			_, err := client.Messages.New(testContext(t), question(9))
			if test.name == "always" {
				wantError(t, err, 401, anthropic.ErrorTypeAuthenticationError)
			} else if err != nil {
				t.Error(err)
			}
			seen := test.w.recorded()
			if len(seen) != 2 || seen[0].sent.Get("Authorization") == seen[1].sent.Get("Authorization") || seen[1].sent.Get("X-Stainless-Retry-Count") != "0" {
				t.Errorf("%d attempts, want 2 with different tokens and retry count 0", len(seen))
			}
			if counts := m.ledger(t); counts.TokenRequests != 2 {
				t.Errorf("the ledger has %d token requests", counts.TokenRequests)
			}
		})
	}
}

func TestAnthropicFederationRefused(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for _, test := range []struct {
		name       string
		begin, end time.Duration
	}{
		{"past exp and the leeway", -10 * time.Minute, -time.Minute},
		{"from the future", time.Minute, 2 * time.Minute},
		{"for over an hour", 0, 2 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &recorder{}
			client := m.federationClient(t, w, m.assertionSource(t, test.begin, test.end))
			_, err := client.Messages.New(testContext(t), question(9))
			// The SDK does not export the type of this error.
			wantNonAPIError(t, err, `oauth token request failed \(status 400\).*invalid_grant`)
			if len(w.recorded()) != 0 {
				t.Errorf("%d attempts without a token", len(w.recorded()))
			}
		})
	}
	late := m.federationClient(t, &recorder{}, m.assertionSource(t, -10*time.Minute, -20*time.Second))
	if _, err := late.Messages.New(testContext(t), question(9)); err != nil {
		t.Errorf("past exp by less than the leeway of 30 s: %v", err)
	}
}
