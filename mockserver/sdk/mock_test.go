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

// faultHeader is how a request asks for faults by name.
const faultHeader = "Weighbridge-Fault"

// said is how many tokens the mock has to say.
const said = 8

// mock is a hosted mock, as its clients know it.
type mock struct {
	arm     mockserver.Arm
	control string
	roots   *x509.CertPool
}

// setting is a change to the mock's defaults.
type setting func(*mockserver.Config)

// host serves a mock over TLS until the test ends.
func host(t *testing.T, settings ...setting) *mock {
	t.Helper()
	config := mockserver.DefaultConfig()
	config.Latency = mockserver.Latency{}
	config.Tokens.Output = mockserver.Number{Constant: said}
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
			t.Errorf("the mock did not end: %v", err)
		}
	})
	info := hosted.Info()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(info.CAPEM)) {
		t.Fatal("the mock's authority is no certificate")
	}
	return &mock{arm: info.Arms[0], control: info.Control, roots: roots}
}

// requests limits requests to so many per second, one at a time.
func requests(rate float64) setting {
	return func(c *mockserver.Config) { c.Limit.Requests = &mockserver.Bucket{Rate: rate, Burst: 1} }
}

// spend lets so many tokens be billed in all.
func spend(tokens uint64) setting {
	return func(c *mockserver.Config) { c.Limit.Spend = &fault.Spend{Tokens: tokens} }
}

// keys lets in only who holds one of them.
func keys(keys ...string) setting {
	return func(c *mockserver.Config) { c.Auth.Keys = keys }
}

// batchesLast makes message batches take that long.
func batchesLast(d time.Duration) setting {
	return func(c *mockserver.Config) { c.Batches.Duration.Constant = d }
}

// resetMidBody makes the fault reset strike when half the answer is sent.
func resetMidBody(c *mockserver.Config) { c.Faults.Reset.At = "mid_body" }

// truncateAbruptly makes the fault truncate_stream end the HTTP message as it cannot end by itself.
func truncateAbruptly(c *mockserver.Config) { c.Faults.TruncateStream.End = "abrupt" }

// brokenOff is what an SDK says of a stream that breaks off, by protocol: what its transport does.
func brokenOff(protocol string) string {
	if protocol == "HTTP/1.1" {
		return "unexpected EOF"
	}
	return "stream error.*INTERNAL_ERROR"
}

// delayForLong makes the fault delay outlast every client.
func delayForLong(c *mockserver.Config) { c.Faults.Delay.By.Constant = time.Minute }

// retryAfter makes the fault errors.STATUS tell how many seconds to wait.
func retryAfter(status int, seconds string) setting {
	return func(c *mockserver.Config) {
		c.Faults.Errors = fault.Errors{status: {Headers: map[string]string{"Retry-After": seconds}}}
	}
}

// refuseFirst refuses the HTTP/2 stream of the first request, and not that of
// the second: by a seed that has it so.
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

// both runs a test over each protocol that the mock's TLS offers.
func both(t *testing.T, run func(t *testing.T, protocol string)) {
	t.Parallel()
	for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
		t.Run(protocol, func(t *testing.T) {
			t.Parallel()
			run(t, protocol)
		})
	}
}

// client is the HTTP client that the SDKs ship with, but for the authority it
// trusts and, where it is to be HTTP/1.1, the protocols it offers.
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

// ledger is what the mock says it did.
func (m *mock) ledger(t *testing.T) ledger.Snapshot {
	t.Helper()
	answer, err := http.Get(m.control + "/_mock/ledger?arm=" + m.arm.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var told ledger.Snapshot
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("the ledger: %s, %v", answer.Status, err)
	}
	return told
}

// bounded is a context that ends before a test that hangs does.
func bounded(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second)
	t.Cleanup(cancel)
	return ctx
}
