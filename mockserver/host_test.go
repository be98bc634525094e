package mockserver_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"weighbridge/mockserver"
	"weighbridge/mockserver/ledger"
)

// net/http keeps a connection that it closes in the middle of a request for half a second,
// even if the server is closed; goleak waits less.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

func listen(t *testing.T, instances ...mockserver.Instance) mockserver.Info {
	t.Helper()
	host, err := mockserver.Listen(instances, mockserver.HostOptions{Process: func() any { return map[string]int{"files_peak": 7} }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := host.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return host.Info()
}

// newClient returns a client for one protocol that trusts only the host's certificate.
func newClient(t *testing.T, info mockserver.Info, protocol string) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(info.CAPEM)) {
		t.Fatalf("no certificate in %q", info.CAPEM)
	}
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots}, Protocols: new(http.Protocols), MaxIdleConnsPerHost: 100,
	}
	transport.Protocols.SetHTTP1(protocol == "h1")
	transport.Protocols.SetHTTP2(protocol == "h2")
	transport.Protocols.SetUnencryptedHTTP2(protocol == "h2c")
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: time.Minute}
}

// askAs sends a prompt with an attempt ID, and returns the answer.
func askAs(t *testing.T, client *http.Client, base, credential string, attempt int) (*http.Response, []byte) {
	t.Helper()
	return send(t, client, completion(t, base, credential, attempt))
}

func completion(t *testing.T, base, credential string, attempt int) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/v1/completions", strings.NewReader(`{"prompt":"weigh this"}`))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+credential)
	r.Header.Set(mockserver.AttemptHeader, strconv.Itoa(attempt))
	r.Header.Set(mockserver.PhaseHeader, "open")
	return r
}

func ledgerOf(t *testing.T, info mockserver.Info, arm string) ledger.Snapshot {
	t.Helper()
	client := newClient(t, info, "h1")
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, info.Control+"/_mock/ledger?arm="+url.QueryEscape(arm), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, body := send(t, client, r)
	if response.StatusCode != 200 {
		t.Fatalf("%s %s", response.Status, body)
	}
	return decode[ledger.Snapshot](t, body)
}

func TestProtocols(t *testing.T) {
	info := listen(t,
		mockserver.Instance{Name: "tls", Config: newFreeConfig()},
		mockserver.Instance{Name: "clear", Config: newFreeConfig(), H2C: true})
	for _, test := range []struct {
		name     string
		arm      int
		protocol string
		want     string
		secure   bool
	}{
		{"HTTP/1.1 over TLS", 0, "h1", "HTTP/1.1", true},
		{"HTTP/2 over TLS", 0, "h2", "HTTP/2.0", true},
		{"HTTP/1.1 in the clear", 1, "h1", "HTTP/1.1", false},
		{"HTTP/2 in the clear", 1, "h2c", "HTTP/2.0", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			response, body := askAs(t, newClient(t, info, test.protocol), info.Arms[test.arm].URL, "key", 0)
			if response.StatusCode != 200 || response.Proto != test.want || (response.TLS != nil) != test.secure {
				t.Errorf("got %s %s with TLS %v: %s", response.Proto, response.Status, response.TLS != nil, body)
			}
			if response.Header.Get("Content-Length") != strconv.Itoa(len(body)) || response.Header.Get("Content-Type") != "application/json" {
				t.Errorf("got %v for %d bytes", response.Header, len(body))
			}
			timing(t, response.Header)
		})
	}
}

func TestInfoAsJSON(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "all", Config: newFreeConfig()})
	raw, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatal(err)
	}
	arm := got["arms"].([]any)[0].(map[string]any)
	for _, key := range []string{"name", "url", "client_id", "client_secret", "key", "jwt_secret"} {
		if text, _ := arm[key].(string); text == "" {
			t.Errorf("arms[0].%s is %v", key, arm[key])
		}
	}
	if !strings.HasPrefix(info.Control, "http://127.0.0.1:") || !strings.HasPrefix(info.Arms[0].URL, "https://127.0.0.1:") {
		t.Errorf("it listens at %s and %s", info.Control, info.Arms[0].URL)
	}
	if info.Control != got["control"] || !strings.Contains(got["ca_pem"].(string), "BEGIN CERTIFICATE") {
		t.Errorf("got %s", raw)
	}
}

func TestListenRefusesBadInstances(t *testing.T) {
	bad := newFreeConfig()
	bad.Slots = 0
	for want, instances := range map[string][]mockserver.Instance{
		`arm "a": two instances have this name`:    {{Name: "a", Config: newFreeConfig()}, {Name: "a", Config: newFreeConfig()}},
		`arm "b": mock: slots: must be at least 1`: {{Name: "a", Config: newFreeConfig()}, {Name: "b", Config: bad}},
	} {
		if _, err := mockserver.Listen(instances, mockserver.HostOptions{}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestControlIsSeparateFromTheAPI(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "auth=oauth,a&b", Config: newFreeConfig()}, mockserver.Instance{Name: "two", Config: newFreeConfig()})
	client := newClient(t, info, "h1")
	get := func(address string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, body := send(t, client, r)
		return response.StatusCode, strings.TrimSpace(string(body))
	}
	for _, test := range []struct {
		address string
		status  int
		want    string
	}{
		{info.Control + "/_mock/", 200, `{"arms":["auth=oauth,a\u0026b","two"]}`},
		{info.Control + "/_mock/process", 200, `{"files_peak":7}`},
		{info.Control + "/_mock/ledger?arm=three", 404, `{"error":{"message":"no such arm: three","type":"not_found_error"}}`},
		{info.Control + "/_mock/ledger", 404, `{"error":{"message":"no such arm: ","type":"not_found_error"}}`},
		{info.Control + "/v1/completions", 404, `{"error":{"message":"no such path: /v1/completions","type":"not_found_error"}}`},
		{info.Arms[0].URL + "/_mock/", 404, `{"error":{"type":"not_found_error","message":"no such path: /_mock/"}}`},
	} {
		if status, body := get(test.address); status != test.status || body != test.want {
			t.Errorf("%s: got %d %s, want %d %s", test.address, status, body, test.status, test.want)
		}
	}
	askAs(t, client, info.Arms[0].URL, "key", 1)
	if a, b := ledgerOf(t, info, "auth=oauth,a&b"), ledgerOf(t, info, "two"); a.Attempts != 2 || b.Attempts != 0 {
		t.Errorf("the ledgers have %d and %d attempts, want 2 (one of them a 404) and 0", a.Attempts, b.Attempts)
	}
}

// Requests from web pages are rejected, also with DNS rebinding.
func TestControlRejectsWebPages(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "all", Config: mockserver.DefaultConfig(), H2C: true})
	port := info.Control[strings.LastIndex(info.Control, ":"):]
	for _, c := range []struct {
		host, origin string
		status       int
	}{
		{"127.0.0.1" + port, "", http.StatusOK},
		{"localhost" + port, "", http.StatusOK},
		{"[::1]" + port, "", http.StatusOK},
		{"localhost", "", http.StatusOK},
		{"127.0.0.1" + port, "http://evil.example", http.StatusForbidden},
		{"127.0.0.1" + port, "null", http.StatusForbidden},
		{"evil.example" + port, "", http.StatusForbidden},
		{"localhost.evil.example" + port, "", http.StatusForbidden},
	} {
		request, err := http.NewRequest(http.MethodGet, info.Control+"/_mock/credentials", nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Host = c.host
		if c.origin != "" {
			request.Header.Set("Origin", c.origin)
		}
		if response, body := send(t, http.DefaultClient, request); response.StatusCode != c.status {
			t.Errorf("Host %s, Origin %q: %s %s, want %d", c.host, c.origin, response.Status, body, c.status)
		}
	}
}

func TestCloseWaitsForRequests(t *testing.T) {
	config := newFreeConfig()
	config.Latency.Request = constant(100 * ms)
	host, err := mockserver.Listen([]mockserver.Instance{{Name: "all", Config: config}}, mockserver.HostOptions{})
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, host.Info(), "h1")
	answered := make(chan error)
	go func() {
		response, err := client.Do(completion(t, host.Info().Arms[0].URL, "key", 1))
		if err == nil {
			err = response.Body.Close()
		}
		answered <- err
	}()
	for ledgerOf(t, host.Info(), "all").Attempts == 0 {
		time.Sleep(ms)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	closed := make(chan error)
	go func() { closed <- host.Close(ctx) }()
	if err := <-answered; err != nil {
		t.Errorf("the request in flight was not answered: %v", err)
	}
	if err := <-closed; err != nil {
		t.Errorf("close: %v", err)
	}
}

func TestCloseAbortsWhenItsContextEnds(t *testing.T) {
	config := newFreeConfig()
	config.Latency.Request = constant(time.Hour)
	host, err := mockserver.Listen([]mockserver.Instance{{Name: "all", Config: config}}, mockserver.HostOptions{})
	if err != nil {
		t.Fatal(err)
	}
	client := newClient(t, host.Info(), "h1")
	answered := make(chan error)
	go func() {
		_, err := client.Do(completion(t, host.Info().Arms[0].URL, "key", 1))
		answered <- err
	}()
	for ledgerOf(t, host.Info(), "all").Attempts == 0 {
		time.Sleep(ms)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*ms)
	defer cancel()
	if err := host.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Close returns %v, want the deadline's error", err)
	}
	if err := <-answered; err == nil {
		t.Error("a request that takes an hour was answered")
	}
}

// A gateway in front of the API can introspect the tokens that it issued.
func TestClientsCanIntrospectTokens(t *testing.T) {
	info := listen(t, mockserver.Instance{Name: "all", Config: newFreeConfig(), H2C: true})
	arm, client := info.Arms[0], newClient(t, info, "h1")
	form := func(address string, fields url.Values) (answer struct {
		Active bool   `json:"active"`
		Token  string `json:"access_token"`
	},
	) {
		fields.Set("client_id", arm.ClientID)
		fields.Set("client_secret", arm.ClientSecret)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, address, strings.NewReader(fields.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if _, body := send(t, client, r); json.Unmarshal(body, &answer) != nil {
			t.Fatalf("%s: %s", address, body)
		}
		return answer
	}
	token := form(arm.URL+"/oauth2/token", url.Values{"grant_type": {"client_credentials"}}).Token
	if !form(arm.Introspection, url.Values{"token": {token}}).Active || form(arm.Introspection, url.Values{"token": {"x"}}).Active {
		t.Errorf("the issued token is not active, or an unknown one is")
	}
}
