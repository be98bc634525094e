package sdk_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// faultHeader is the header in which a request asks for faults by name.
const faultHeader = "Weighbridge-Fault"

// outputTokens is the number of tokens in the mock's answers.
const outputTokens = 8

// mock is a hosted mock, from the view of its clients.
type mock struct {
	arm     mockserver.Arm
	control string
	roots   *x509.CertPool
}

// setting is a change to the mock's defaults.
type setting func(*mockserver.Config)

// newMock serves a mock over TLS until the test ends.
func newMock(t *testing.T, settings ...setting) *mock {
	t.Helper()
	config := mockserver.DefaultConfig()
	config.Latency = mockserver.Latency{}
	config.Tokens.Output = mockserver.Number{Constant: outputTokens}
	config.Batches.Duration.Constant = 200 * time.Millisecond
	for _, set := range settings {
		set(&config)
	}
	hosted, err := mockserver.Listen([]mockserver.Instance{{Name: "sdk", Config: config}}, mockserver.HostOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := hosted.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	info := hosted.Info()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(info.CAPEM)) {
		t.Fatal("the mock's CA is not a certificate")
	}
	return &mock{arm: info.Arms[0], control: info.Control, roots: roots}
}

// limitRequests limits requests to rate per second, with a burst of 1.
func limitRequests(rate float64) setting {
	return func(c *mockserver.Config) { c.Limit.Requests = &mockserver.Bucket{Rate: rate, Burst: 1} }
}

// limitSpend limits the total number of billed tokens.
func limitSpend(tokens uint64) setting {
	return func(c *mockserver.Config) { c.Limit.Spend = &fault.Spend{Tokens: tokens} }
}

// moreTokens sets the number of tokens in the mock's answers.
func moreTokens(n float64) setting {
	return func(c *mockserver.Config) { c.Tokens.Output = mockserver.Number{Constant: n} }
}

// acceptKeys accepts only these API keys.
func acceptKeys(keys ...string) setting {
	return func(c *mockserver.Config) { c.Auth.Keys = keys }
}

// batchDuration sets how long message batches take.
func batchDuration(d time.Duration) setting {
	return func(c *mockserver.Config) { c.Batches.Duration.Constant = d }
}

// resetMidBody makes the fault reset come after half of the answer.
func resetMidBody(c *mockserver.Config) { c.Faults.Reset.At = "mid_body" }

// truncateAbruptly makes the fault truncate_stream end the HTTP message abruptly.
func truncateAbruptly(c *mockserver.Config) { c.Faults.TruncateStream.End = "abrupt" }

// abruptEndError is a pattern of the error for an abrupt end, which is the transport's.
func abruptEndError(protocol string) string {
	if protocol == "HTTP/1.1" {
		return "unexpected EOF"
	}
	return "stream error.*INTERNAL_ERROR"
}

// delayAMinute makes the fault delay longer than all timeouts.
func delayAMinute(c *mockserver.Config) { c.Faults.Delay.By.Constant = time.Minute }

// retryAfter adds Retry-After to the fault errors.STATUS.
func retryAfter(status int, seconds string) setting {
	return func(c *mockserver.Config) {
		c.Faults.Errors = fault.Errors{status: {Headers: map[string]string{"Retry-After": seconds}}}
	}
}

// refuseFirst refuses the HTTP/2 stream of the first request but not of the second, by
// choosing a suitable seed.
func refuseFirst(c *mockserver.Config) {
	c.Faults.RefusedStream.Share = 0.5
	hits := func(attempt uint64) bool {
		return fault.NewTrigger(c.Seed, "refused_stream", c.Faults.RefusedStream.When).Hits(fault.Moment{Attempt: attempt})
	}
	for !hits(1) || hits(2) {
		c.Seed++
	}
}

// itemErrors fails every prompt of a batch.
func itemErrors(c *mockserver.Config) { c.Faults.ItemErrors.Share = 1 }

// overBothProtocols runs a test over HTTP/1.1 and HTTP/2.
func overBothProtocols(t *testing.T, run func(t *testing.T, protocol string)) {
	t.Parallel()
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			run(t, protocol)
		})
	}
}

// client returns an HTTP client like the SDKs' own, which also trusts the mock's CA and, for
// HTTP/1.1, offers only that.
func (m *mock) client(t *testing.T, protocol string) *http.Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = &tls.Config{RootCAs: m.roots}
	if protocol == "HTTP/1.1" {
		transport.Protocols = new(http.Protocols)
		transport.Protocols.SetHTTP1(true)
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// ledger returns the mock's ledger.
func (m *mock) ledger(t *testing.T) ledger.Snapshot {
	t.Helper()
	answer, err := http.Get(m.control + "/_mock/ledger?arm=" + m.arm.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var snapshot ledger.Snapshot
	if err := json.NewDecoder(answer.Body).Decode(&snapshot); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the ledger: %s, %v", answer.Status, err)
	}
	return snapshot
}

// testContext returns a context with a timeout, so that a test does not hang.
func testContext(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}
