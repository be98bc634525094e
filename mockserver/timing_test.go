package mockserver_test

import (
	"bufio"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver"
	"weighbridge/mockserver/authz"
	"weighbridge/mockserver/clock"
)

const (
	chatBody   = `{"model":"m","max_tokens":4,"messages":[{"role":"user","content":"weigh this"}]`
	streamBody = chatBody + `,"stream":true}`
	countBody  = `{"model":"m","messages":[{"role":"user","content":"weigh this"}]}`
)

// call is a request, with the expected status.
type call struct {
	// endpoint is its method and path as the dialect writes it; path, if not empty, replaces the latter.
	endpoint, path, body string
	status               int
}

// calls returns at least one call per endpoint; batch is the ID of a message batch that has ended.
func calls(batch string) []call {
	const batches = "/v1/messages/batches"
	return []call{
		{"POST /v1/completions", "", `{"prompt":"weigh this"}`, 200},
		{"POST /v1/batch", "", `{"prompts":["weigh this"]}`, 200},
		{"POST /v1/messages", "", chatBody + "}", 200},
		{"POST /v1/messages", "", streamBody, 200},
		{"POST /v1/messages/count_tokens", "", countBody, 200},
		{"POST /v1/chat/completions", "", chatBody + "}", 200},
		{"POST /v1/chat/completions", "", streamBody, 200},
		{"POST /v1/responses", "", `{"model":"m","input":"weigh this"}`, 200},
		{"POST /v1/responses", "", `{"model":"m","input":"weigh this","stream":true}`, 200},
		{"POST /v1/files", "", "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n" +
			"Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n{}\r\n--b--\r\n", 200},
		{"GET /v1/files/{id}", "/v1/files/x", "", 404},
		{"GET /v1/files/{id}/content", "/v1/files/x/content", "", 404},
		{"DELETE /v1/files/{id}", "/v1/files/x", "", 404},
		{"POST /v1/batches", "", `{"input_file_id":"x","endpoint":"/v1/responses","completion_window":"24h"}`, 400},
		{"GET /v1/batches", "", "", 200},
		{"GET /v1/batches/{id}", "/v1/batches/x", "", 404},
		{"POST /v1/batches/{id}/cancel", "/v1/batches/x/cancel", "", 404},
		{"GET /v1/models", "", "", 200},
		{"GET /v1/models/{model}", "/v1/models/m", "", 200},
		{"GET /v1/models/{model_id}", "/v1/models/m", "", 200},
		{"POST " + batches, "", `{"requests":[{"custom_id":"a","params":` + chatBody + `}}]}`, 200},
		{"GET " + batches, "", "", 200},
		{"GET " + batches + "/{id}", batches + "/" + batch, "", 200},
		{"GET " + batches + "/{id}/results", batches + "/" + batch + "/results", "", 200},
		{"POST " + batches + "/{id}/cancel", batches + "/" + batch + "/cancel", "", 400},
		{"DELETE " + batches + "/{id}", batches + "/" + batch, "", 200},
	}
}

// timingClient sends requests to a mock, and checks that each answer has Server-Timing if
// that is enabled.
type timingClient struct {
	arm     mockserver.Arm
	client  *http.Client
	enabled bool
}

// newRequest returns a valid request, modified by change if that is not nil.
func (c timingClient) newRequest(t *testing.T, endpoint, path, body string, change func(*http.Request)) *http.Request {
	t.Helper()
	method, endpointPath, _ := strings.Cut(endpoint, " ")
	if path == "" {
		path = endpointPath
	}
	r, err := http.NewRequestWithContext(t.Context(), method, c.arm.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", "key")
	r.Header.Set("Content-Type", "application/json")
	if endpoint == "POST /v1/files" {
		r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
	}
	if !strings.Contains(endpoint, "{model}") && !strings.Contains(endpoint, "/v1/files") {
		r.Header.Set("Anthropic-Version", "2023-06-01")
	}
	if change != nil {
		change(r)
	}
	return r
}

// expectTiming sends a request, and checks the answer, which may be incomplete. A status of 0 is any.
func (c timingClient) expectTiming(t *testing.T, name string, r *http.Request, status int) []byte {
	t.Helper()
	response, err := c.client.Do(r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	if status != 0 && response.StatusCode != status {
		t.Errorf("%s: %s %.200s, want %d", name, response.Status, body, status)
	}
	c.checkTiming(t, name, response)
	return body
}

// checkTiming checks the timing of a response whose body has been read.
func (c timingClient) checkTiming(t *testing.T, name string, response *http.Response) {
	t.Helper()
	timings := append(response.Header.Values("Server-Timing"), response.Trailer.Values("Server-Timing")...)
	_, announced := response.Trailer["Server-Timing"]
	switch {
	case !c.enabled && (len(timings) > 0 || announced):
		t.Errorf("%s: switched off, %s has %v", name, response.Status, timings)
	case c.enabled && (len(timings) != 1 || !timingForm.MatchString(timings[0])):
		t.Errorf("%s: %s has %v", name, response.Status, timings)
	}
}

// Every answer has Server-Timing, on both protocols, and none has it if it is switched off.
func TestEveryAnswerHasServerTiming(t *testing.T) {
	config := newFreeConfig()
	config.Faults = mockserver.DefaultConfig().Faults
	config.Faults.ContentLength.Off = -3 // on HTTP/1.1 this bypasses net/http
	config.Auth.Federation = authz.Federation{TTL: time.Hour, Leeway: time.Minute}
	silent := config
	silent.ServerTiming = false
	info := listen(t, mockserver.Instance{Name: "on", Config: config}, mockserver.Instance{Name: "off", Config: silent})
	for i, tells := range []bool{true, false} {
		for _, protocol := range []string{"h1", "h2"} {
			t.Run(info.Arms[i].Name+" "+protocol, func(t *testing.T) {
				c := timingClient{info.Arms[i], newClient(t, info, protocol), tells}
				c.testSuccesses(t)
				c.testRefusals(t)
				c.testFaults(t)
				c.testTokens(t)
			})
		}
	}
}

func (c timingClient) testSuccesses(t *testing.T) {
	create := c.newRequest(t, "POST /v1/messages/batches", "", `{"requests":[{"custom_id":"a","params":`+chatBody+`}}]}`, nil)
	_, id, _ := strings.Cut(string(c.expectTiming(t, "a batch", create, 200)), `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	var called []string
	for _, call := range calls(id) {
		called = append(called, call.endpoint)
		c.expectTiming(t, call.endpoint+" "+call.body, c.newRequest(t, call.endpoint, call.path, call.body, nil), call.status)
	}
	for _, endpoint := range newMock(t, newFreeConfig(), mockserver.Options{}).Endpoints() {
		if !slices.Contains(called, endpoint) {
			t.Errorf("no call for %s", endpoint)
		}
	}
}

func (c timingClient) testRefusals(t *testing.T) {
	for _, refused := range []struct {
		status int
		// bodies says that this applies only to requests with a body.
		bodies bool
		change func(*http.Request)
	}{
		{401, false, func(r *http.Request) { r.Header.Del("X-Api-Key") }},
		{404, false, func(r *http.Request) { r.URL.Path += "/no/where" }},
		{405, false, func(r *http.Request) { r.Method = "BREW" }},
		{415, true, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		{413, true, func(r *http.Request) {
			never, end := io.Pipe()
			t.Cleanup(func() { _ = end.Close() }) // otherwise an HTTP/1.1 client would wait for it
			r.Body, r.ContentLength = never, 1<<40
		}},
	} {
		for _, call := range calls("msgbatch_nobody") {
			if refused.bodies && call.body == "" {
				continue
			}
			name := strconv.Itoa(refused.status) + " of " + call.endpoint
			c.expectTiming(t, name, c.newRequest(t, call.endpoint, call.path, call.body, refused.change), refused.status)
		}
	}
	for _, call := range calls("msgbatch_nobody") {
		if call.body != "" {
			c.expectTiming(t, "400 of "+call.endpoint, c.newRequest(t, call.endpoint, call.path, "{", nil), 400)
		}
	}
}

// testFaults checks that faults on an answer do not remove its timing.
func (c timingClient) testFaults(t *testing.T) {
	for _, fault := range []string{
		"errors.500", "errors.529", "fail_first", "outage", "duplicate", "malformed", "content_type", "content_length", "truncate", "truncate_stream",
		"stream_error", "goaway",
	} {
		for _, call := range calls("") {
			if call.endpoint == "POST /v1/messages" || call.endpoint == "POST /v1/batch" {
				name := fault + " of " + call.endpoint + " " + call.body
				c.expectTiming(t, name, c.newRequest(t, call.endpoint, call.path, call.body, func(r *http.Request) {
					r.Header.Set(mockserver.FaultHeader, fault)
					r.Close = true // some faults leave surplus bytes on the connection
				}), 0)
			}
		}
	}
}

func (c timingClient) testTokens(t *testing.T) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.arm.ClientID}, "client_secret": {c.arm.ClientSecret}}.Encode()
	federate := `{"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","federation_rule_id":"fdrl_1","organization_id":"me","assertion":"`
	for _, call := range []call{
		{"POST /oauth2/token", "", form, 200},
		{"POST /oauth2/token", "", strings.Replace(form, "secret=", "secret=x", 1), 401},
		{"POST /oauth2/token", "", "%", 400},
		{"POST /oauth2/token", "", strings.Repeat("x", 1<<17), 400},
		{"GET /oauth2/token", "", "", 400},
		{"POST /v1/oauth/token", "", federate + newAssertion(t, c.arm) + `"}`, 200},
		{"POST /v1/oauth/token", "", federate + `x"}`, 400},
		{"POST /v1/oauth/token", "", "{", 400},
		{"GET /v1/oauth/token", "", "", 400},
		{"POST /oauth2/introspect", "", "token=x", 404}, // only the auth server has it
	} {
		c.expectTiming(t, call.endpoint+" "+call.body, c.newRequest(t, call.endpoint, call.path, call.body, func(r *http.Request) {
			r.Header.Set("Anthropic-Beta", "oauth-2025-04-20,oidc-federation-2026-04-01")
			if !strings.HasPrefix(call.endpoint, "POST /v1") {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
		}), call.status)
	}
}

// newAssertion returns a valid assertion for the mock's federation endpoint.
func newAssertion(t *testing.T, arm mockserver.Arm) string {
	t.Helper()
	key, err := jwt.ParseECPrivateKeyFromPEM([]byte(arm.SigningKey))
	if err != nil {
		t.Fatal(err)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.RegisteredClaims{
		Issuer: "https://issuer.example", Subject: "a workload",
		IssuedAt: jwt.NewNumericDate(time.Now()), ExpiresAt: jwt.NewNumericDate(time.Now().Add(10 * time.Minute)),
	})
	token.Header["kid"] = arm.KeyID
	signed, err := token.SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// Refusals by a limit have Server-Timing, too.
func TestLimitedRequestsHaveServerTiming(t *testing.T) {
	config := newFreeConfig()
	config.Limit.Requests = &mockserver.Bucket{Rate: 1e-6, Burst: 1}
	config.Auth.OAuth.Limit = &authz.Limit{Rate: 1e-6, Burst: 1}
	silent := config
	silent.ServerTiming = false
	info := listen(t, mockserver.Instance{Name: "on", Config: config}, mockserver.Instance{Name: "off", Config: silent})
	for i, tells := range []bool{true, false} {
		c := timingClient{info.Arms[i], newClient(t, info, "h1"), tells}
		for _, endpoint := range []string{"POST /v1/batch", "POST /oauth2/token"} {
			for _, last := range []int{0, 429} {
				c.expectTiming(t, endpoint, c.newRequest(t, endpoint, "", `{"prompts":["x"]}`, nil), last)
			}
		}
		c.expectTiming(t, "federation", c.newRequest(t, "POST /v1/oauth/token", "", "", nil), 429)
	}
}

// These requests cannot be sent with net/http's client.
func TestUnusualRequestsHaveServerTiming(t *testing.T) {
	config := newFreeConfig()
	silent := config
	silent.ServerTiming = false
	info := listen(t, mockserver.Instance{Name: "on", Config: config, H2C: true}, mockserver.Instance{Name: "off", Config: silent, H2C: true})
	old := strings.Replace(requestHeader("/v1/messages", "key", "Content-Length: "+strconv.Itoa(len(streamBody))), "HTTP/1.1", "HTTP/1.0", 1) + streamBody
	for i, tells := range []bool{true, false} {
		for name, text := range map[string]string{
			"the server itself": "OPTIONS * HTTP/1.1\r\nHost: mock\r\n\r\n", "a stream of HTTP/1.0": old,
			"a proxy's request": "CONNECT mock:443 HTTP/1.1\r\nHost: mock:443\r\n\r\n", "no body": "HEAD /v1/models HTTP/1.1\r\nHost: mock\r\n\r\n",
		} {
			s := attackedMock{arm: info.Arms[i]}
			conn := s.dialTCP(t)
			writeText(t, conn, text)
			method, _, _ := strings.Cut(text, " ")
			response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			timingClient{enabled: tells}.checkTiming(t, name, response)
			_ = conn.Close()
		}
	}
}

// The ledger has when the texts of a stream were written, late timers included, not when they should
// have been.
func TestLedgerHasTheTimesOfStreams(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := newFreeConfig()
		config.Latency.Request.Constant, config.Latency.OutputToken.Constant = 20*ms, 5*ms
		mock := newMock(t, config, mockserver.Options{Clock: lateClock{clock.System()}})
		for _, path := range []string{"/v1/chat/completions", "/v1/messages"} {
			body := `{"model":"m","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}`
			r := post(path, 1, body)
			r.Header.Set("Anthropic-Version", "2026-10-21")
			mock.Ledger().Reset()
			if w := serve(mock, r); w.Code != http.StatusOK {
				t.Fatalf("got %d: %s", w.Code, w.Body)
			}
			told := readLedger(t, mock)
			for text, want := range map[string]time.Duration{told.FirstContent: 26 * ms, told.PerToken: 5 * ms} {
				h, err := hdrhistogram.Decode([]byte(text))
				if err != nil {
					t.Fatal(err)
				}
				if got := time.Duration(h.Max()) * time.Microsecond; (got - want).Abs() > want/200 {
					t.Errorf("%s: %v, want %v", path, got, want)
				}
			}
		}
	})
}
