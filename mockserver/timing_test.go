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
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver"
	"weighbridge/mockserver/authz"
)

const (
	chatting  = `{"model":"m","max_tokens":4,"messages":[{"role":"user","content":"weigh this"}]`
	streaming = chatting + `,"stream":true}`
	counting  = `{"model":"m","messages":[{"role":"user","content":"weigh this"}]}`
)

// call is a request of one who knows the API, and how it is answered.
type call struct {
	// endpoint is its method and path; an id in it is open.
	endpoint, path, body string
	status               int
}

// calls are at least one for each endpoint; batch is the id of a message batch that has ended.
func calls(batch string) []call {
	const batches = "/v1/messages/batches"
	return []call{
		{"POST /v1/completions", "", `{"prompt":"weigh this"}`, 200},
		{"POST /v1/batch", "", `{"prompts":["weigh this"]}`, 200},
		{"POST /v1/messages", "", chatting + "}", 200},
		{"POST /v1/messages", "", streaming, 200},
		{"POST /v1/messages/count_tokens", "", counting, 200},
		{"POST /v1/chat/completions", "", chatting + "}", 200},
		{"POST /v1/chat/completions", "", streaming, 200},
		{"GET /v1/models", "", "", 200},
		{"GET /v1/models/{model}", "/v1/models/m", "", 200},
		{"GET /v1/models/{model_id}", "/v1/models/m", "", 200},
		{"POST " + batches, "", `{"requests":[{"custom_id":"a","params":` + chatting + `}}]}`, 200},
		{"GET " + batches, "", "", 200},
		{"GET " + batches + "/{id}", batches + "/" + batch, "", 200},
		{"GET " + batches + "/{id}/results", batches + "/" + batch + "/results", "", 200},
		{"POST " + batches + "/{id}/cancel", batches + "/" + batch + "/cancel", "", 400},
		{"DELETE " + batches + "/{id}", batches + "/" + batch, "", 200},
	}
}

// caller makes requests of one mock, and holds each answer to what it is to tell of its timing.
type caller struct {
	arm    mockserver.Arm
	client *http.Client
	tells  bool
}

// request is a good one, but for what change does to it.
func (c caller) request(t *testing.T, endpoint, path, body string, change func(*http.Request)) *http.Request {
	t.Helper()
	method, named, _ := strings.Cut(endpoint, " ")
	if path == "" {
		path = named
	}
	r, err := http.NewRequestWithContext(t.Context(), method, c.arm.URL+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Api-Key", "key")
	r.Header.Set("Content-Type", "application/json")
	if !strings.Contains(endpoint, "{model}") {
		r.Header.Set("Anthropic-Version", "2023-06-01")
	}
	if change != nil {
		change(r)
	}
	return r
}

// hears asks, and checks the answer, of which not all need come; status 0 is any.
func (c caller) hears(t *testing.T, name string, r *http.Request, status int) []byte {
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
	c.check(t, name, response)
	return body
}

// check is for an answer that has been read.
func (c caller) check(t *testing.T, name string, response *http.Response) {
	t.Helper()
	told := append(response.Header.Values("Server-Timing"), response.Trailer.Values("Server-Timing")...)
	_, announced := response.Trailer["Server-Timing"]
	switch {
	case !c.tells && (len(told) > 0 || announced):
		t.Errorf("%s: switched off, %s tells %v", name, response.Status, told)
	case c.tells && (len(told) != 1 || !timingForm.MatchString(told[0])):
		t.Errorf("%s: %s tells %v", name, response.Status, told)
	}
}

// Every answer there is has its timing, on both protocols, and none where that is switched off.
func TestEveryAnswerTellsItsTiming(t *testing.T) {
	config := free()
	config.Faults = mockserver.DefaultConfig().Faults
	config.Faults.ContentLength.Off = -3 // which net/http has no part in, on HTTP/1.1
	config.Auth.Federation = authz.Federation{TTL: time.Hour, Leeway: time.Minute}
	silent := config
	silent.ServerTiming = false
	info := listen(t, mockserver.Instance{Name: "on", Config: config}, mockserver.Instance{Name: "off", Config: silent})
	for i, tells := range []bool{true, false} {
		for _, protocol := range []string{"h1", "h2"} {
			t.Run(info.Arms[i].Name+" "+protocol, func(t *testing.T) {
				c := caller{info.Arms[i], newClient(t, info, protocol), tells}
				c.successes(t)
				c.refusals(t)
				c.faults(t)
				c.tokens(t)
			})
		}
	}
}

func (c caller) successes(t *testing.T) {
	create := c.request(t, "POST /v1/messages/batches", "", `{"requests":[{"custom_id":"a","params":`+chatting+`}}]}`, nil)
	_, id, _ := strings.Cut(string(c.hears(t, "a batch", create, 200)), `"id":"`)
	id, _, _ = strings.Cut(id, `"`)
	var asked []string
	for _, call := range calls(id) {
		asked = append(asked, call.endpoint)
		c.hears(t, call.endpoint+" "+call.body, c.request(t, call.endpoint, call.path, call.body, nil), call.status)
	}
	for _, endpoint := range newMock(t, free(), mockserver.Options{}).Endpoints() {
		if !slices.Contains(asked, endpoint) {
			t.Errorf("nobody asks %s", endpoint)
		}
	}
}

func (c caller) refusals(t *testing.T) {
	for _, refused := range []struct {
		status int
		// bodies says that only a request with a body is refused so.
		bodies bool
		change func(*http.Request)
	}{
		{401, false, func(r *http.Request) { r.Header.Del("X-Api-Key") }},
		{404, false, func(r *http.Request) { r.URL.Path += "/no/where" }},
		{405, false, func(r *http.Request) { r.Method = "BREW" }},
		{415, true, func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }},
		{413, true, func(r *http.Request) {
			never, end := io.Pipe()
			t.Cleanup(func() { _ = end.Close() }) // a client of HTTP/1.1 goes on waiting for it
			r.Body, r.ContentLength = never, 1<<40
		}},
	} {
		for _, call := range calls("msgbatch_nobody") {
			if refused.bodies && call.body == "" {
				continue
			}
			name := strconv.Itoa(refused.status) + " of " + call.endpoint
			c.hears(t, name, c.request(t, call.endpoint, call.path, call.body, refused.change), refused.status)
		}
	}
	for _, call := range calls("msgbatch_nobody") {
		if call.body != "" {
			c.hears(t, "400 of "+call.endpoint, c.request(t, call.endpoint, call.path, "{", nil), 400)
		}
	}
}

// faults of an answer leave it its timing.
func (c caller) faults(t *testing.T) {
	for _, fault := range []string{
		"errors.500", "errors.529", "fail_first", "outage", "duplicate", "malformed", "content_type", "content_length", "truncate", "truncate_stream",
		"stream_error", "goaway",
	} {
		for _, call := range calls("") {
			if call.endpoint == "POST /v1/messages" || call.endpoint == "POST /v1/batch" {
				name := fault + " of " + call.endpoint + " " + call.body
				c.hears(t, name, c.request(t, call.endpoint, call.path, call.body, func(r *http.Request) {
					r.Header.Set(mockserver.FaultHeader, fault)
					r.Close = true // what some of them leave on the connection is nobody's answer
				}), 0)
			}
		}
	}
}

func (c caller) tokens(t *testing.T) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.arm.ClientID}, "client_secret": {c.arm.ClientSecret}}.Encode()
	federate := `{"grant_type":"urn:ietf:params:oauth:grant-type:jwt-bearer","federation_rule_id":"fdrl_1","organization_id":"me","assertion":"`
	for _, call := range []call{
		{"POST /oauth2/token", "", form, 200},
		{"POST /oauth2/token", "", strings.Replace(form, "secret=", "secret=x", 1), 401},
		{"POST /oauth2/token", "", "%", 400},
		{"POST /oauth2/token", "", strings.Repeat("x", 1<<17), 400},
		{"GET /oauth2/token", "", "", 400},
		{"POST /v1/oauth/token", "", federate + assertion(t, c.arm) + `"}`, 200},
		{"POST /v1/oauth/token", "", federate + `x"}`, 400},
		{"POST /v1/oauth/token", "", "{", 400},
		{"GET /v1/oauth/token", "", "", 400},
		{"POST /oauth2/introspect", "", "token=x", 404}, // it stands on the auth server alone
	} {
		c.hears(t, call.endpoint+" "+call.body, c.request(t, call.endpoint, call.path, call.body, func(r *http.Request) {
			r.Header.Set("Anthropic-Beta", "oauth-2025-04-20,oidc-federation-2026-04-01")
			if !strings.HasPrefix(call.endpoint, "POST /v1") {
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			}
		}), call.status)
	}
}

// assertion is a good one for the mock's federation.
func assertion(t *testing.T, arm mockserver.Arm) string {
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

// What is past a limit has its timing too.
func TestLimitsTellTheirTiming(t *testing.T) {
	config := free()
	config.Limit.Requests = &mockserver.Bucket{Rate: 1e-6, Burst: 1}
	config.Auth.OAuth.Limit = &authz.Limit{Rate: 1e-6, Burst: 1}
	silent := config
	silent.ServerTiming = false
	info := listen(t, mockserver.Instance{Name: "on", Config: config}, mockserver.Instance{Name: "off", Config: silent})
	for i, tells := range []bool{true, false} {
		c := caller{info.Arms[i], newClient(t, info, "h1"), tells}
		for _, endpoint := range []string{"POST /v1/batch", "POST /oauth2/token"} {
			for _, last := range []int{0, 429} {
				c.hears(t, endpoint, c.request(t, endpoint, "", `{"prompts":["x"]}`, nil), last)
			}
		}
		c.hears(t, "federation", c.request(t, "POST /v1/oauth/token", "", "", nil), 429)
	}
}

// What no client of net/http can say.
func TestOddRequestsTellTheirTiming(t *testing.T) {
	config := free()
	silent := config
	silent.ServerTiming = false
	info := listen(t, mockserver.Instance{Name: "on", Config: config, H2C: true}, mockserver.Instance{Name: "off", Config: silent, H2C: true})
	old := strings.Replace(plea("/v1/messages", "key", "Content-Length: "+strconv.Itoa(len(streaming))), "HTTP/1.1", "HTTP/1.0", 1) + streaming
	for i, tells := range []bool{true, false} {
		for name, words := range map[string]string{
			"the server itself": "OPTIONS * HTTP/1.1\r\nHost: mock\r\n\r\n", "a stream of HTTP/1.0": old,
			"a proxy's request": "CONNECT mock:443 HTTP/1.1\r\nHost: mock:443\r\n\r\n", "no body": "HEAD /v1/models HTTP/1.1\r\nHost: mock\r\n\r\n",
		} {
			s := siege{arm: info.Arms[i]}
			conn := s.tcp(t)
			say(t, conn, words)
			method, _, _ := strings.Cut(words, " ")
			response, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if _, err := io.Copy(io.Discard, response.Body); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			caller{tells: tells}.check(t, name, response)
			_ = conn.Close()
		}
	}
}
