package doctor_test

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench/doctor"
	"weighbridge/bench/hosted"
)

// found is what must be found: a problem, a doubt, and the stage that failed; "" for none.
type found struct{ problem, doubt, failed string }

func (f found) check(t *testing.T, r *doctor.Report) {
	t.Helper()
	for what, c := range map[string]struct{ got, want string }{
		"problems": {texts(r.Problems), f.problem}, "doubts": {texts(r.Doubts), f.doubt}, "failed stage": {r.Arms[0].Failed, f.failed},
	} {
		if c.want == "" && c.got != "" || !strings.Contains(c.got, c.want) {
			t.Errorf("%s: %q, want %q", what, c.got, c.want)
		}
	}
	if r.Fails() != (f.problem != "") {
		t.Errorf("it fails: %v", r.Fails())
	}
}

// What an answer says about the credential, the model, limits, tokens and the clock is found.
func TestWhatAnswersTell(t *testing.T) {
	soon, later := time.Now().Add(50*time.Second), time.Now().Add(time.Hour)
	dated := func(ahead time.Duration) string { return time.Now().Add(ahead).UTC().Format(http.TimeFormat) }
	long := strings.Replace(answer, `"completion_tokens":16`, `"completion_tokens":700`, 1)
	noUsage := answer[:strings.Index(answer, `,"usage"`)] + "}"
	for name, c := range map[string]struct {
		server http.HandlerFunc
		sets   []string
		found
	}{
		"all well":           {says(200, answer), nil, found{}},
		"401":                {says(401, refused("invalid_api_key")), nil, found{"the credential (target.auth.scheme apikey) is refused: 401 ", "", "request"}},
		"an unknown model":   {says(404, refused("model_not_found")), nil, found{`the model "small" was not found: 404 `, "", "request"}},
		"no such path":       {says(404, "nothing here"), nil, found{"the request failed (client): 404 nothing here", "", "request"}},
		"429":                {says(429, refused("rate_limit_exceeded"), "Retry-After", "7"), nil, found{"the server refuses even a single request: 429 that is refused", "", "request"}},
		"loading":            {says(503, "loading"), nil, found{"the request failed (server): 503 loading", "", "request"}},
		"another API":        {says(200, `{"hello":1}`), nil, found{"the request failed (contract): ", "", "request"}},
		"another model":      {says(200, strings.Replace(answer, "small-2026", "large", 1)), nil, found{"", "the answer names the model large, but small was asked for", ""}},
		"max_tokens ignored": {says(200, long), nil, found{"the answer has 700 output tokens, but 16 were asked for", "", ""}},
		"no usage":           {says(200, noUsage), nil, found{"", "the answer does not report its tokens", ""}},
		"a small limit":      {says(200, answer, "X-Ratelimit-Limit-Requests", "60", "X-Ratelimit-Remaining-Requests", "59", "X-Ratelimit-Reset-Requests", "1s"), nil, found{"x-ratelimit-requests: the load asks for 120 requests a minute, and the limit is 60", "", ""}},
		"a limit that is respected": {
			says(200, answer, "X-Ratelimit-Limit-Requests", "140", "X-Ratelimit-Remaining-Requests", "139", "X-Ratelimit-Reset-Requests", "430ms"),
			[]string{"load.respect_limits.share=0.5"},
			found{"", "asks for 120 requests a minute, and the limit is 140: requests are held back", ""},
		},
		"a limit of a day":     {says(200, answer, "X-Ratelimit-Limit-Requests", "10000", "X-Ratelimit-Remaining-Requests", "9999", "X-Ratelimit-Reset-Requests", "8.64s"), nil, found{"x-ratelimit-requests: the load asks for 172800 requests a day, and the limit is 10000", "", ""}},
		"a limit with room":    {says(200, answer, "X-Ratelimit-Limit-Requests", "6000", "X-Ratelimit-Remaining-Requests", "5999", "X-Ratelimit-Reset-Requests", "10ms"), nil, found{}},
		"a limit of tokens":    {says(200, answer, "Anthropic-Ratelimit-Output-Tokens-Limit", "4000", "Anthropic-Ratelimit-Output-Tokens-Remaining", "4000", "Anthropic-Ratelimit-Output-Tokens-Reset", later.UTC().Format(time.RFC3339)), nil, found{"anthropic-ratelimit-output-tokens: the load asks for 7680 output tokens a minute, and the limit is 4000", "", ""}},
		"a window with little": {says(200, answer, "X-Ratelimit-Limit", "60", "X-Ratelimit-Remaining", "50", "X-Ratelimit-Reset", "30"), nil, found{"x-ratelimit: the load asks for 60 requests in the next 30s, and 50 are left", "", ""}},
		"a clock ahead":        {says(200, answer, "Date", dated(10*time.Minute)), nil, found{"", "ahead of this machine's", ""}},
		"an answer of a cache": {says(200, answer, "Date", dated(-time.Hour), "Age", "3600"), nil, found{}},
		"a clock behind, signed": {
			says(200, answer, "Date", dated(-10*time.Minute)),
			[]string{`target.auth={scheme: jwt, jwt: {issuer: me, secret: "` + secret(t, "a-secret-of-the-test-which-is-long-enough") + `"}}`},
			found{"behind this machine's: it may refuse tokens that this machine signs", "", ""},
		},
		"a key that expires":    {says(200, answer), []string{"target.auth.key=" + secret(t, jwt(soon))}, found{"and the run takes 1m1s: target.auth.key cannot be renewed", "", ""}},
		"a key that is valid":   {says(200, answer), []string{"target.auth.key=" + secret(t, jwt(later))}, found{}},
		"no credential":         {says(200, answer), []string{`target.auth={scheme: exec, command: [sh, -c, "exit 3"]}`}, found{"there is no credential: ", "", "credential"}},
		"a stream":              {streams(0, 6, 20*time.Millisecond), []string{"target.stream=true"}, found{}},
		"a stream held back":    {streams(60*time.Millisecond, 16, 0), []string{"target.stream=true"}, found{"", "seems to hold the stream back", ""}},
		"a small budget":        {says(200, answer), []string{"budget.requests=20"}, found{"budget.requests: the run needs about", "", ""}},
		"requests that wait":    {says(200, answer), []string{"load.closed={in_flight: 8, duration: 1s}", "client.connections=4"}, found{"", "load.closed.in_flight 8 needs more connections than client.connections 4 allows", ""}},
		"a redirect":            {says(307, "", "Location", "http://198.51.100.1/"), nil, found{"redirect", "", "request"}},
		"an answer cut short":   {says(200, answer, "Content-Length", "10000"), nil, found{"the request had no answer: ", "", "request"}},
		"too few files":         {says(200, answer), []string{"load.closed={in_flight: 2001, duration: 1ms}", "client.in_flight=3000", "budget.requests=100000000"}, found{"needs 2001 connections, and this process may open 2000 more (ulimit -n)", "", ""}},
		"closed load":           {says(200, answer), []string{"load.closed={in_flight: 1000, duration: 60s}"}, found{"", "budget.requests: if all answers take as little time as these", ""}},
		"a limit, and its size": {says(200, answer, "X-Ratelimit-Limit-Requests", "100", "X-Ratelimit-Remaining-Requests", "99"), []string{"target.batch.size=1"}, found{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(c.server)
			defer server.Close()
			c.check(t, examine(t, scenario(t, server.URL, c.sets...), nil))
		})
	}
}

// The way to the server is examined stage by stage, up to the first that fails.
func TestTheWayToTheServer(t *testing.T) {
	server := httptest.NewUnstartedServer(says(200, answer))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	address := server.Listener.Addr().String()
	trusted := "client.tls.ca=" + caFile(t, server)
	named := func(name string) []string {
		return []string{"target.url=https://" + name + "/v1", "client.resolve={" + name + ": '" + address + "'}"}
	}
	for name, c := range map[string]struct {
		sets []string
		found
	}{
		"an authority that is trusted": {append(named("example.com"), trusted), found{}},
		"HTTP/2":                       {append(named("example.com"), trusted, "client.protocol=http/2"), found{}},
		"an unknown authority":         {named("example.com"), found{"the TLS handshake failed: ", "is self-signed: set client.tls.ca to its file", "tls"}},
		"another name":                 {append(named("api.example.test"), trusted), found{"client.tls.server_name is the name to expect", "", "tls"}},
		"a name for the certificate":   {append(named("api.example.test"), trusted, "client.tls.server_name=example.com"), found{}},
		"a server that is down":        {[]string{"target.url=http://" + closed.Addr().String()}, found{"no connection: ", "", "connect"}},
		"a proxy that is down":         {[]string{"target.url=http://" + address, "client.proxy=http://" + closed.Addr().String()}, found{"no connection: the proxy ", "", "connect"}},
		"none where there is TLS":      {[]string{"target.url=http://" + address}, found{"the request ", "", "request"}}, // it is answered or reset,
	} {
		t.Run(name, func(t *testing.T) {
			r := examine(t, scenario(t, server.URL, c.sets...), nil)
			c.check(t, r)
			seen := r.Arms[0]
			if c.failed == "" && (seen.Connect == nil || seen.Connect.Address != address || !seen.TLS.Verified || seen.TLS.Version != "TLS 1.3" || seen.TLS.DaysLeft < 100) {
				t.Errorf("%+v, %+v", seen.Connect, seen.TLS)
			}
			if name == "HTTP/2" && (seen.Response.Protocol != "HTTP/2.0" || seen.TLS.ALPN != "h2") {
				t.Errorf("%+v, %+v", seen.Response, seen.TLS)
			}
		})
	}
}

// What is seen of a good answer is reported, and nothing of the credential.
func TestAGoodAnswer(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"max_completion_tokens":16`) || len(body) > 1000 {
			t.Errorf("it is not cheap: %s", body)
		}
		says(200, answer, "X-Ratelimit-Limit-Requests", "6000", "X-Ratelimit-Remaining-Requests", "5990", "X-Ratelimit-Reset-Requests", "100ms")(w, r)
	}))
	defer server.Close()
	r := examine(t, scenario(t, server.URL, "prompts={length: 50000, max_tokens: 1000}", "client.retry.policy=exponential"), nil)
	a := r.Arms[0]
	if requests.Load() != 1 || len(r.Arms) != 1 || a.Failed != "" {
		t.Fatalf("%d requests, %+v", requests.Load(), r)
	}
	if a.Credential.Accepted == nil || !*a.Credential.Accepted || a.Credential.Scheme != "apikey" {
		t.Errorf("%+v", a.Credential)
	}
	if a.Clock == nil || a.Clock.OffsetMS-a.Clock.ErrorMS > 1 || a.Clock.OffsetMS+a.Clock.ErrorMS < -1 || a.Clock.ErrorMS < 500 {
		t.Errorf("%+v", a.Clock)
	}
	if l := a.Limits; len(l) != 1 || l[0].Name != "x-ratelimit-requests" || *l[0].Limit != 6000 || *l[0].Remaining != 5990 || *l[0].ResetMS != 100 || *l[0].WindowMS != 60000 {
		t.Errorf("%+v", l)
	}
	if m := a.Model; m == nil || m.Asked != "small" || m.Answered != "small-2026" || !*m.Found {
		t.Errorf("%+v", m)
	}
	if o := a.Output; o == nil || *o.Asked != 16 || o.Finish != "length" || !*o.Honoured || *a.Response.OutputTokens != 16 || *a.Response.InputTokens != 12 {
		t.Errorf("%+v, %+v", o, a.Response)
	}
}

// The mock is asked once for each arm, whatever its dialect, and is found well.
func TestEveryDialectOfTheMock(t *testing.T) {
	for _, dialect := range []string{"article", "anthropic", "openai", "responses"} {
		stream := "target.stream=true"
		if dialect == "article" {
			stream = "target.batch.size=3"
		}
		r := examine(t, scenario(t, "http://127.0.0.1:1", "target.url=mock", "target.auth={scheme: apikey}", "mock.latency={output_token: 20ms}", "target.dialect="+dialect, stream), &hosted.Local{})
		if a := r.Arms[0]; r.Fails() || len(r.Doubts) > 0 || a.Failed != "" || !*a.Credential.Accepted || a.Server != "mock" {
			t.Errorf("%s: %+v, %+v", dialect, r, a)
		}
		if a := r.Arms[0]; dialect != "article" && (a.Stream == nil || a.Stream.Pieces < 3 || !*a.Stream.Streams || a.Model.Answered == "") {
			t.Errorf("%s: %+v", dialect, a.Stream)
		}
	}
}

// A mock does what it is asked for: refusals of some arms are doubts, but not those of all, and not
// mistakes in requests.
func TestFaultsOfTheMockAreWanted(t *testing.T) {
	const skewed = "target.auth={scheme: jwt}"
	for name, c := range map[string]struct {
		matrix, problem, doubt string
	}{
		"some": {"{clock: {right: {mock.clock.offset: 0s}, wrong: {mock.clock.offset: -10m}}}", "", "the credential (target.auth.scheme jwt) is refused: 401"},
		"all":  {"{clock: {wrong: {mock.clock.offset: -9m}, worse: {mock.clock.offset: -10m}}}", "the credential (target.auth.scheme jwt) is refused: 401", ""},
		"500":  {"{clock: {a: {mock.faults.errors: {500: 1}}}}", "", "the request failed (server): 500"},
		"400":  {"{n: {a: {target.dialect: responses, prompts.max_tokens: 2}, b: {target.dialect: openai}}}", "the request failed (client): 400", ""},
	} {
		r := examine(t, parse(t, scenarioText(t, "http://127.0.0.1:1")+"matrix: "+c.matrix+"\n", "target.url=mock", skewed), &hosted.Local{})
		for what, got := range map[string][2]string{"problems": {texts(r.Problems), c.problem}, "doubts": {texts(r.Doubts), c.doubt}} {
			if got[1] == "" && got[0] != "" || !strings.Contains(got[0], got[1]) {
				t.Errorf("%s: %s: %q, want %q", name, what, got[0], got[1])
			}
		}
	}
}

// Arms at once add up against the limits that they share: those of one credential and model.
func TestArmsShareLimits(t *testing.T) {
	server := httptest.NewServer(says(200, answer, "X-Ratelimit-Limit-Requests", "200", "X-Ratelimit-Remaining-Requests", "199", "X-Ratelimit-Reset-Requests", "300ms"))
	defer server.Close()
	for _, c := range []struct{ matrix, order, want string }{
		{"{n: {a: {prompts.length: 10}, b: {prompts.length: 20}}}", "concurrent", "the load asks for 240 requests a minute, and the limit is 200"},
		{"{n: {a: {prompts.length: 10}, b: {prompts.length: 20}}}", "sequential", ""},
		{"{n: {a: {target.model: small}, b: {target.model: small-2026}}}", "concurrent", ""},
	} {
		r := examine(t, parse(t, scenarioText(t, server.URL)+"matrix: "+c.matrix+"\nexperiment: {order: "+c.order+"}\n"), nil)
		if got := r.Arms[0].Server; got != server.URL { // 127.0.0.1 is not called localhost
			t.Errorf("the server %s is called %s", server.URL, got)
		}
		if got := texts(r.Problems); c.want == "" && got != "" || !strings.Contains(got, c.want) {
			t.Errorf("%s, %s: %q, want %q", c.matrix, c.order, got, c.want)
		}
	}
}

// A finding that several arms share is told once.
func TestArmsShareFindings(t *testing.T) {
	server := httptest.NewServer(says(401, refused("invalid_api_key")))
	defer server.Close()
	s := parse(t, scenarioText(t, server.URL)+"matrix: {model: {a: {target.model: a}, b: {target.model: b}}}\n")
	r := examine(t, s, nil)
	if len(r.Problems) != 1 || !slices.Equal(r.Problems[0].Arms, []string{"model=a", "model=b"}) {
		t.Errorf("%+v", r.Problems)
	}
}

func TestAPageIsInDoubt(t *testing.T) {
	server := httptest.NewServer(says(200, "<html><title>Back soon</title></html>", "Content-Type", "text/html"))
	defer server.Close()
	for success, want := range map[string]string{"": "the answer is an HTML page", `, http: {success: 'body contains "soon"'}`: ""} {
		s := parse(t, "name: page\ntarget: {dialect: http, url: \""+server.URL+"\""+success+"}\nload: {open: {rate: 1, duration: 1s}}\n")
		found{"", want, ""}.check(t, examine(t, s, nil))
	}
}
