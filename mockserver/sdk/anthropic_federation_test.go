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

// federated is the SDK's client with no key: it has assertions signed, from
// which it makes its tokens. w comes after the credentials, so that it sees them.
func (m *mock) federated(t *testing.T, w *wire, assertion option.IdentityTokenFunc) anthropic.Client {
	t.Helper()
	return anthropic.NewClient(
		option.WithoutEnvironmentDefaults(), option.WithBaseURL(m.arm.URL), option.WithHTTPClient(m.client(t, "HTTP/2.0")),
		option.WithFederationTokenProvider(assertion, option.FederationOptions{
			FederationRuleID: "fdrl_1", OrganizationID: "11111111-2222-4333-8444-555555555555", ServiceAccountID: "svac_1",
		}),
		option.WithMiddleware(w.middleware),
	)
}

// sign signs assertions with the mock's key. They begin and end so long from now.
func (m *mock) sign(t *testing.T, begin, end time.Duration) option.IdentityTokenFunc {
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
	m, w := host(t, keys("not for us")), &wire{}
	client := m.federated(t, w, m.sign(t, 0, 10*time.Minute))
	for range 3 {
		if _, err := client.Messages.New(bounded(t), ask(9)); err != nil {
			t.Fatal(err)
		}
	}
	sent := w.last(t).sent
	if !strings.HasPrefix(sent.Get("Authorization"), "Bearer sk-ant-oat01-") || sent.Get("Anthropic-Beta") != "oauth-2025-04-20" {
		t.Errorf("it proves itself by %q and %q", sent.Get("Authorization"), sent.Get("Anthropic-Beta"))
	}
	if told := m.ledger(t); told.TokenRequests != 1 || told.Attempts != 3 || told.Statuses["200"] != 3 {
		t.Errorf("the ledger has %d token requests and %d attempts, %v", told.TokenRequests, told.Attempts, told.Statuses)
	}
}

// On a 401 the SDK drops its token, makes another and asks again, once, which
// is no retry in its count.
func TestAnthropicFederationAfter401(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		w    *wire
	}{
		{"once", once("errors.401")},
		{"always", always("errors.401")},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := host(t)
			client := m.federated(t, test.w, m.sign(t, 0, 10*time.Minute))
			_, err := client.Messages.New(bounded(t), ask(9))
			if test.name == "always" {
				wantError(t, err, 401, anthropic.ErrorTypeAuthenticationError)
			} else if err != nil {
				t.Error(err)
			}
			seen := test.w.seen()
			if len(seen) != 2 || seen[0].sent.Get("Authorization") == seen[1].sent.Get("Authorization") || seen[1].sent.Get("X-Stainless-Retry-Count") != "0" {
				t.Errorf("%d attempts, the tokens of which are not two", len(seen))
			}
			if told := m.ledger(t); told.TokenRequests != 2 {
				t.Errorf("the ledger has %d token requests", told.TokenRequests)
			}
		})
	}
}

func TestAnthropicFederationRefused(t *testing.T) {
	t.Parallel()
	m := host(t)
	for _, test := range []struct {
		name       string
		begin, end time.Duration
	}{
		{"past its end and the leeway", -10 * time.Minute, -time.Minute},
		{"from the future", time.Minute, 2 * time.Minute},
		{"for over an hour", 0, 2 * time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &wire{}
			client := m.federated(t, w, m.sign(t, test.begin, test.end))
			_, err := client.Messages.New(bounded(t), ask(9))
			// The SDK keeps the type of this error to itself.
			wantPlain(t, err, `oauth token request failed \(status 400\).*invalid_grant`)
			if len(w.seen()) != 0 {
				t.Errorf("it asked all the same: %d attempts", len(w.seen()))
			}
		})
	}
	late := m.federated(t, &wire{}, m.sign(t, -10*time.Minute, -20*time.Second))
	if _, err := late.Messages.New(bounded(t), ask(9)); err != nil {
		t.Errorf("past its end by less than the leeway of 30 s: %v", err)
	}
}
