package dialect

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"weighbridge/bench/bounds"
	"weighbridge/target"
)

func TestWordsOfServers(t *testing.T) {
	t.Parallel()
	const page, plain = "text/html; charset=utf-8", "text/plain"
	for _, c := range []struct {
		name, kind string
		status     int
		body, want string
	}{
		{"OpenAI", "", 404, `{"error":{"message":"The model 'x' does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}}`, `The model 'x' does not exist`},
		{"Anthropic", "", 529, `{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}`, `Overloaded`},
		{"vLLM, older", "", 404, `{"object":"error","message":"The model 'x' does not exist.","type":"NotFoundError","param":null,"code":404}`, `The model 'x' does not exist.`},
		{"llama.cpp", "", 503, `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`, `Loading model`},
		{"Ollama", "", 404, `{"error":"model 'x' not found, try pulling it first"}`, `model 'x' not found, try pulling it first`},
		{"Azure", "", 401, `{"statusCode": 401, "message": "Access denied due to invalid subscription key."}`, `Access denied due to invalid subscription key.`},
		{"Google", "", 400, `{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT","details":[{"reason":"API_KEY_INVALID"}]}}`, `API key not valid.`},
		{"Google, of a stream", "", 429, `[{"error":{"code":429,"message":"Quota exceeded","status":"RESOURCE_EXHAUSTED"}}]`, `Quota exceeded`},
		{"an object without a message", "", 400, `{"error":{"message":"","type":"invalid_request_error"}}`, `invalid_request_error`},
		{"FastAPI, a text", "", 404, `{"detail":"Not Found: no such model"}`, `Not Found: no such model`},
		{"FastAPI, a list", "", 422, `{"detail":[{"type":"missing","loc":["body","messages"],"msg":"Field required","input":{}},{"loc":["body","n",0],"msg":"too big"}]}`, `body.messages: Field required; body.n.0: too big`},
		{"FastAPI, an object", "", 400, `{"detail":{"error":"no credit"}}`, `no credit`},
		{"a problem", "application/problem+json", 403, `{"type":"about:blank","title":"Out of credit","status":403,"detail":"Your balance is 30"}`, `Out of credit: Your balance is 30`},
		{"a problem with a title alone", "application/problem+json", 403, `{"title":"Out of credit","status":403}`, `Out of credit`},
		{"ASP.NET", "", 400, `{"title":"One or more validation errors occurred.","status":400,"errors":{"Model":["The Model field is required."]}}`, `Model: The Model field is required.`},
		{"errors", "", 400, `{"errors":[{"message":"first"},{"message":"second"},{"message":"second"}]}`, `first; second`},
		{"errors as texts", "", 400, `{"errors":["first","second","third","fourth"]}`, `first; second; third`},
		{"JSON:API", "", 422, `{"errors":[{"title":"Invalid","detail":"name is missing"}]}`, `Invalid: name is missing`},
		{"NestJS", "", 400, `{"statusCode":400,"message":["a must be a number"],"error":"Bad Request"}`, `a must be a number`},
		{"Spring", "", 404, `{"timestamp":"2026-11-01T00:00:00Z","status":404,"error":"Not Found","path":"/v1/x"}`, `Not Found`},
		{"OAuth", "", 400, `{"error":"invalid_client","error_description":"unknown client"}`, `invalid_client: unknown client`},
		{"AWS", "", 400, `{"__type":"ValidationException","Message":"Malformed input request"}`, `Malformed input request`},
		{"Apigee", "", 429, `{"fault":{"faultstring":"Rate limit quota violation","detail":{"errorcode":"x"}}}`, `Rate limit quota violation`},
		{"an error that quotes another", "", 502, `{"error":{"message":"{\"error\":{\"message\":\"inner words\"}}"}}`, `inner words`},
		{"other JSON", "", 500, `{"ok": false, "n": [1, 2]}`, `{"ok":false,"n":[1,2]}`},
		{"null", "", 500, `{"error":null}`, `{"error":null}`},
		{"broken JSON", "", 500, `{"error":{"mess`, `{"error":{"mess`},
		{"several documents", "", 500, "{\"error\":\"first\"}\n{\"error\":\"second\"}\n", `first`},
		{"events", "text/event-stream", 400, "event: error\ndata: {\"error\":{\"message\":\"no such model\"}}\n\n", `no such model`},
		{"a byte-order mark", "", 500, "\xef\xbb\xbf{\"error\":\"marked\"}", `marked`},

		{"nginx", page, 502, "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx/1.24.0</center>\r\n</body>\r\n</html>\r\n", `Bad Gateway nginx/1.24.0`},
		{"a challenge", page, 403, "<!DOCTYPE html><html><head><title>Just a moment...</title><style>x{}</style></head><body><script>var a='<b>';</script><noscript><p>Enable JavaScript</p></noscript></body></html>", `Just a moment...`},
		{"Express", page, 404, "<!DOCTYPE html><html><head><title>Error</title></head><body><pre>Cannot POST /v1/x</pre></body></html>", `Cannot POST /v1/x`},
		{"Flask", page, 404, "<!doctype html><title>404 Not Found</title><h1>Not Found</h1><p>The requested URL was not &lt;found&gt;.</p>", `Not Found The requested URL was not <found>.`},
		{"a title alone", page, 500, "<title>Internal Server Error</title>", `Internal Server Error`},
		{"S3", "application/xml", 403, `<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>`, `Access Denied`},

		{"a line", plain, 400, "Client sent an HTTP request to an HTTPS server.\n", `Client sent an HTTP request to an HTTPS server.`},
		{"lines", plain, 500, "\n=====\nfirst line\nsecond line\n", `first line`},
		{"a traceback", plain, 500, "Traceback (most recent call last):\n  File \"x.py\", line 1\nValueError: bad prompt\n", `ValueError: bad prompt`},
		{"the status again", plain, 404, "404 page not found\n", `page not found`},
		{"a number that begins alike", plain, 404, "4041 items", `4041 items`},
		{"the status alone", plain, 503, "503", `Service Unavailable`},
		{"nothing", "", 503, "", `Service Unavailable`},
		{"white space", "", 503, " \n\t", `Service Unavailable`},
		{"an unknown status", "", 599, "", `no reason given`},
		{"bytes", "image/png", 500, "\x89PNG\x00\x01", `Internal Server Error (6 bytes, image/png, not text)`},
	} {
		got := refusal(c.status, http.Header{"Content-Type": {c.kind}}, []byte(c.body), 2)
		if got.Failed != 2 || got.Class != target.ClassOf(c.status) {
			t.Errorf("%s: %+v", c.name, got)
		}
		if _, said, _ := strings.Cut(got.Detail, " "); said != c.want {
			t.Errorf("%s: said\n  %s\nexpected\n  %s", c.name, said, c.want)
		}
	}
}

func TestWordsOfAChallenge(t *testing.T) {
	t.Parallel()
	got := refusal(401, http.Header{"Www-Authenticate": {`Bearer error="invalid_token"`}}, nil, 1)
	if want := `401 Unauthorized: Bearer error="invalid_token"`; got.Detail != want || got.Class != target.AuthError {
		t.Errorf("%+v, expected %s", got, want)
	}
}

func TestRedirectSaysWhereTo(t *testing.T) {
	t.Parallel()
	to := http.Header{"Location": {"https://example.com/login"}, "Content-Type": {"text/html"}}
	for _, cfg := range []target.Config{
		{Dialect: "openai"},
		{Dialect: "anthropic"},
		{Dialect: "article"},
		{Dialect: "openai", Stream: true},
		httpConfig(target.HTTP{Success: "status >= 200 && status < 300"}), httpConfig(target.HTTP{Success: "body.ok"}),
	} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			got := newDialect(t, cfg).Judge(status, to, []byte("<a href=x>Found</a>"), 1)
			want := fmt.Sprintf("redirected (%d) to https://example.com/login", status)
			if got.Class != target.Contract || got.Failed != 1 || got.Detail != want {
				t.Errorf("%s, %d: %+v", cfg.Dialect, status, got)
			}
		}
	}
}

func TestLongWordsAreCutBetweenWords(t *testing.T) {
	t.Parallel()
	secret := strings.Repeat("s", 300)
	body := strings.Repeat("word ", (maxWords-100)/5) + secret
	got := refusal(500, http.Header{}, []byte(body), 1)
	if len(got.Detail) > maxWords+10 || strings.Contains(got.Detail, "s") || !strings.HasSuffix(got.Detail, "word") {
		t.Errorf("%d bytes that end in %q", len(got.Detail), got.Detail[len(got.Detail)-40:])
	}
	if got := refusal(500, http.Header{}, []byte(strings.Repeat("s", 3*maxWords)), 1); got.Detail != "500 Internal Server Error" {
		t.Errorf("a single long word is shown as %.60q", got.Detail)
	}
	deep := strings.Repeat(`{"error":`, 50) + `"x"` + strings.Repeat("}", 50)
	if got := refusal(500, http.Header{}, []byte(deep), 1); len(got.Detail) > maxWords {
		t.Errorf("%d bytes", len(got.Detail))
	}
}

func FuzzServerWords(f *testing.F) {
	for _, seed := range []string{"", `{"error":{"message":"x"}}`, `{"detail":[{"loc":[1],"msg":"m"}]}`, "<title>t</title>text", "data: {}\n\n", "500", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		defer bounds.Check(t)()
		if got := serverWords(500, http.Header{}, []byte(body)); got == "" || len(got) > 2*maxWords {
			t.Errorf("%q says %q", body, got)
		}
	})
}
