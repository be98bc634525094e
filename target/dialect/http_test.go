package dialect

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"weighbridge/bench/golden"
	"weighbridge/target"
)

func httpConfig(h target.HTTP) target.Config {
	if h.Method == "" {
		h.Method = http.MethodPost
	}
	if h.Path == "" {
		h.Path = "/"
	}
	if h.Success == "" {
		h.Success = "status < 400"
	}
	return target.Config{Dialect: "http", HTTP: h}
}

func TestHTTPRequestOnTheWire(t *testing.T) {
	body := `{"q": {{json .Prompt}}, "all": {{json .Prompts}}, "n": {{.MaxTokens}}}`
	d := newDialect(t, httpConfig(target.HTTP{Path: "/x?v=1", Body: body}))
	golden.Check(t, "testdata/http-post.golden", wire(t, d, "http://127.0.0.1:9000/base", "say \"hi\"\n", "two"))
	d = newDialect(t, httpConfig(target.HTTP{Method: http.MethodGet, Path: "/health"}))
	golden.Check(t, "testdata/http-get.golden", wire(t, d, "http://127.0.0.1:9000", "unused"))
}

func TestHTTPTemplateEscapesPrompts(t *testing.T) {
	d := newDialect(t, httpConfig(target.HTTP{Path: "/", Body: `{{json .Prompts}}`}))
	want := []string{"a \"b\"\n\tc \\ </script> \u2028 ü", ""}
	_, body, _ := strings.Cut(wire(t, d, "http://127.0.0.1:9000", want...), "\r\n\r\n")
	var got []string
	if err := json.Unmarshal([]byte(body), &got); err != nil || len(got) != 2 || got[0] != want[0] || got[1] != want[1] {
		t.Errorf("sent %q, the body holds %q (%v)", want, got, err)
	}
}

// A server that knows the path by another method: the default is POST, which a scenario need not name.
func TestHTTPMethodNotAllowed(t *testing.T) {
	out := newDialect(t, httpConfig(target.HTTP{})).Judge(405, http.Header{"Content-Type": {"text/html"}}, []byte("<title>405 Not Allowed</title>"), 1)
	if want := "405 Not Allowed; the request was a POST (target.http.method)"; out.Class != target.ClientErr || out.Detail != want {
		t.Errorf("%s, %q, want %q", out.Class, out.Detail, want)
	}
}

func TestHTTPAnswersThatArePages(t *testing.T) {
	for _, c := range []struct {
		success, kind string
		status        int
		page          bool
	}{
		{"status < 400", "text/html; charset=utf-8", 200, true},
		{"status < 400", "application/json", 200, false},
		{"status < 400", "", 204, false},
		{"status == 302", "text/html", 302, false},
		{"status == 404", "text/html", 404, false},
		{`header["Content-Type"] contains "html"`, "text/html", 200, false},
		{`body contains "html"`, "text/html", 200, false},
	} {
		d := newDialect(t, httpConfig(target.HTTP{Success: c.success}))
		out := d.Judge(c.status, http.Header{"Content-Type": {c.kind}}, []byte("<html><title>Back soon</title></html>"), 1)
		if out.Class != target.Success || out.Remarked(target.Page) != c.page {
			t.Errorf("%s, %s: %+v, want a success, a page %v", c.success, c.kind, out, c.page)
		}
	}
}

// Caddy 2.6 ends an answer properly that its upstream has broken off.
func TestHTTPAnswersThatAreCutOff(t *testing.T) {
	d := newDialect(t, httpConfig(target.HTTP{Success: "body.ok"}))
	cutOff := `{"ok":true,"text":"` + strings.Repeat("y", 32<<10)
	for body, want := range map[string]string{
		cutOff: "target.http.success cannot be decided: the body is JSON that ends early, after 32787 bytes",
		"wait": "target.http.success cannot be decided, and the body is not JSON: wait",
	} {
		out := d.Judge(200, http.Header{"Content-Type": {"application/json"}}, []byte(body), 1)
		if out.Class != target.Contract || out.Detail != want {
			t.Errorf("%.20q: %s, %q, want %q", body, out.Class, out.Detail, want)
		}
	}
}

func TestHTTPJudge(t *testing.T) {
	for _, c := range []struct {
		success, kind, body string
		status              int
		want                target.Class
	}{
		{"status < 400", "", "", 200, target.Success},
		{"status < 400", "", "", 302, target.Success},
		{"status >= 200 && status < 300", "", "", 302, target.Contract},
		{"status >= 200 && status < 300", "", "", 101, target.Contract},
		{"status >= 200 && status < 300", "", "", 204, target.Success},
		{"status == 302", "", "", 302, target.Success},
		{"status < 400", "", "", 429, target.RateLimit},
		{"status < 400", "", "", 500, target.Server},
		{"status == 200", "", "", 204, target.Contract},
		{"status == 404", "", "", 404, target.Success},
		{`body.ok`, "application/json", `{"ok":true}`, 200, target.Success},
		{`body.ok`, "application/json", `{"ok":false}`, 200, target.Contract},
		{`body.ok`, "application/json", `{}`, 200, target.Contract},
		{`body.ok`, "application/json", "\xef\xbb\xbf" + `{"ok":true}`, 200, target.Success},
		{`body.ok`, "application/json", `{"ok":`, 200, target.Contract},
		{`body.ok`, "application/json", `{"ok":true}`, 500, target.Success},
		{`body contains "fine"`, "text/plain", `all fine`, 200, target.Success},
		{`len(body.items) == 2`, "application/json", `{"items":[1,2]}`, 200, target.Success},
		{`header["X-State"] == "done"`, "", "", 200, target.Success},
		{`header["X-Other"] == "done"`, "", "", 200, target.Contract},
	} {
		d := newDialect(t, httpConfig(target.HTTP{Success: c.success}))
		h := http.Header{"Content-Type": {c.kind}, "X-State": {"done"}}
		got := d.Judge(c.status, h, []byte(c.body), 3)
		failed := 3
		if c.want == target.Success {
			failed = 0
		}
		if got.Class != c.want || got.Failed != failed || (got.Detail == "") != (failed == 0) {
			t.Errorf("%s of %d %s: %+v, want class %q", c.success, c.status, c.body, got, c.want)
		}
	}
}

// Where the expression needs JSON and the body has none, the failure says what came instead.
func TestHTTPSaysThatABodyIsNotJSON(t *testing.T) {
	d := newDialect(t, httpConfig(target.HTTP{Success: "body.ok"}))
	for body, want := range map[string]string{
		"<html><title>Sign in</title></html>": "the body is not JSON: Sign in",
		`{"ok":`:                              "the body is JSON that ends early, after 6 bytes",
		`[1]`:                                 "target.http.success: ",
		"":                                    "status 200 without a body",
	} {
		if got := d.Judge(200, http.Header{}, []byte(body), 1); got.Class != target.Contract || !strings.Contains(got.Detail, want) {
			t.Errorf("%s: class %q: %s; want %q", body, got.Class, got.Detail, want)
		}
	}
}

// A stream of lines of JSON, as Ollama's own API answers, says in its last line why it failed.
func TestTheErrorInTheLastLineIsTheDetail(t *testing.T) {
	d, err := newHTTP(httpConfig(target.HTTP{Success: `body contains "\"done\":true"`}))
	if err != nil {
		t.Fatal(err)
	}
	line := `{"message":{"content":"tok "},"done":false}` + "\n"
	for body, want := range map[string]string{
		line + line + `{"error":"model runner has stopped"}` + "\n": "success: model runner has stopped",
		line + line: `success: {"message":`,
	} {
		if got := d.Judge(200, http.Header{"Content-Type": {"application/x-ndjson"}}, []byte(body), 1); got.Class != target.Contract || !strings.Contains(got.Detail, want) {
			t.Errorf("%s: class %q: %s; want %q", body, got.Class, got.Detail, want)
		}
	}
	if got := d.Judge(200, http.Header{}, []byte(line+`{"done":true}`), 1); got.Class != target.Success {
		t.Errorf("complete: %+v", got)
	}
}

func TestInvalidHTTPConfigIsRejected(t *testing.T) {
	for _, c := range []struct {
		http target.HTTP
		want string
	}{
		{target.HTTP{Body: "{{.Prompt"}, "target.http.body: line 1: unclosed action"},
		{target.HTTP{Body: "{{.Prmpt}}"}, "target.http.body: line 1: {{.Prmpt}}: unknown field: expected .Prompt, .Prompts or .MaxTokens"},
		{target.HTTP{Body: "{\n{{json .Prompt.Text}}}"}, "target.http.body: line 2: {{.Prompt.Text}}: can't evaluate field Text in type string"},
		{target.HTTP{Body: "{{jsn .Prompt}}"}, `target.http.body: line 1: function "jsn" not defined`},
		{target.HTTP{Body: "{{index .Prompts 0}}"}, ""},
		{target.HTTP{Success: "status ="}, "target.http.success: "},
		{target.HTTP{Success: "staus == 200"}, "unknown name staus (1:1): expected status, header, body or a function"},
		{target.HTTP{Success: "status"}, "expected bool"},
	} {
		_, err := New(httpConfig(c.http))
		if c.want == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.http, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%+v: error %v, want one line that contains %q", c.http, err, c.want)
		}
	}
}

// Only requests without any action of a template are all the same.
func TestWhichRequestsAreFixed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*target.Config)
		fixed  bool
	}{
		"no body":       {func(*target.Config) {}, true},
		"a fixed body":  {func(c *target.Config) { c.HTTP.Body = `{"q": 1}` }, true},
		"a prompt":      {func(c *target.Config) { c.HTTP.Body = "{{json .Prompt}}" }, false},
		"in the path":   {func(c *target.Config) { c.HTTP.Path = "/{{.Prompt}}" }, false},
		"in the query":  {func(c *target.Config) { c.Query = map[string]target.Text{"q": "{{.Prompt}}"} }, false},
		"fixed query":   {func(c *target.Config) { c.Query = map[string]target.Text{"q": "1"} }, true},
		"in a header":   {func(c *target.Config) { c.Headers = map[string]target.Text{"X-Q": "{{urlquery .Prompt}}"} }, false},
		"fixed headers": {func(c *target.Config) { c.Headers = map[string]target.Text{"X-Q": "1"} }, true},
	} {
		cfg := target.Config{HTTP: target.HTTP{Method: "POST", Path: "/x", Success: "status < 400"}}
		c.change(&cfg)
		d, err := newHTTP(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if d.Fixed() != c.fixed {
			t.Errorf("%s: fixed is %v", name, d.Fixed())
		}
	}
}
