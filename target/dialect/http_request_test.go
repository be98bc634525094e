package dialect

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"weighbridge/bench/bounds"
	"weighbridge/bench/golden"
	"weighbridge/target"
)

func TestTemplatesEverywhereOnTheWire(t *testing.T) {
	cfg := httpConfig(target.HTTP{
		Path: `/x/{{.Prompt}}/{{.MaxTokens}}?q={{.Prompt}}&v=1`, Body: `{{json .Prompts}}`,
		Headers: map[string]target.Text{"X-Prompt": "p={{urlquery .Prompt}}", "X-Fixed": "not here"},
	})
	cfg.Query = map[string]target.Text{"all": `{{range .Prompts}}{{.}};{{end}}`, "api key": "a&b"}
	golden.Check(t, "testdata/http-templates.golden", wire(t, newDialect(t, cfg), "http://127.0.0.1:9000/base/?id=7&id=8", "a/b?c=d e&f", "two"))
}

// What a template makes of a prompt names no other server, path or parameter.
func TestPathTemplatesEscapeValues(t *testing.T) {
	for _, c := range []struct{ path, prompt, want string }{
		{"/x/{{.Prompt}}", "plain", "/x/plain"},
		{"/x/{{.Prompt}}", "a/b?c#d%2F e", "/x/a%2Fb%3Fc%23d%252F%20e"},
		{"/x/{{.Prompt}}", "..", "/x/%2E%2E"},
		{"/x/{{.Prompt}}/y", ".", "/x/%2E/y"},
		{"/x/{{.Prompt}}", "é\n\\", "/x/%C3%A9%0A%5C"},
		{"/x?q={{.Prompt}}", "a b&c=d#e+f", "/x?q=a+b%26c%3Dd%23e%2Bf"},
		{"/x?q={{urlquery .Prompt}}", "a b", "/x?q=a+b"},
		{"/{{if .Prompt}}y?q={{end}}{{.Prompt}}", "a b", "/y?q=a+b"},
		{"/{{range .Prompts}}{{.}}/{{end}}", "a/b", "/a%2Fb/"},
		{"/{{with $x := .Prompt}}{{$x}}{{end}}", "a/b", "/a%2Fb"},
		{"/{{$x := .Prompt}}{{$x}}", "a/b", "/a%2Fb"},
		{`/{{printf "%s/%s" .Prompt "c"}}`, "a", "/a%2Fc"},
	} {
		d := newDialect(t, httpConfig(target.HTTP{Method: http.MethodGet, Path: c.path}))
		if line, _, _ := strings.Cut(wire(t, d, "http://127.0.0.1:9000", c.prompt), "\r\n"); line != "GET "+c.want+" HTTP/1.1" {
			t.Errorf("%s of %q: %s, want %s", c.path, c.prompt, line, c.want)
		}
	}
}

func TestUnsafeTemplatesAreRefused(t *testing.T) {
	for path, want := range map[string]string{
		"{{.Prompt}}":                        "target.http.path: expected a path that begins with /",
		"/{{.Prompt":                         "target.http.path: ",
		"//{{.Prompt}}":                      "expected a path that begins with a single /",
		`{{if .Prompt}}//host/{{end}}`:       "expected a path that begins with a single /",
		"/{{.Prompt}}#x":                     "target.http.path: expected a path without",
		`{{define "a"}}x{{end}}/{{.Prompt}}`: "expected no templates inside a path",
		"/{{range 2000000000}}{{end}}":       "expected at most 1048576 repetitions",
		"/{{_pathEscape .Nope}}":             "Nope",
	} {
		if _, err := New(httpConfig(target.HTTP{Path: path})); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
	cfg := httpConfig(target.HTTP{Headers: map[string]target.Text{"X-Prompt": "{{.Prmpt}}"}})
	if _, err := New(cfg); err == nil || !strings.Contains(err.Error(), "target.http.headers.X-Prompt: ") {
		t.Errorf("a header's template: %v", err)
	}
	base := &url.URL{Scheme: "http", Host: "127.0.0.1:9000"}
	for prompt, cfg := range map[string]target.HTTP{
		"/host": {Path: "/{{.Prompt}}"}, "a\r\nX: y": {Headers: map[string]target.Text{"X-A": "{{.Prompt}}"}},
	} {
		if req, err := newDialect(t, httpConfig(cfg)).Request(context.Background(), base, []string{prompt}, 1); err == nil {
			t.Errorf("%q makes the request %v %v", prompt, req.URL, req.Header)
		}
	}
}

// FuzzPathTemplate holds that no prompt changes the server of a request, nor its parameters.
func FuzzPathTemplate(f *testing.F) {
	for _, seed := range []string{"", "/", "//host/", "@host", "\\host", "..", "%2f", "?", "#", "&x=y", "\x00", "é", "{{.}}"} {
		f.Add(seed)
	}
	d, err := New(httpConfig(target.HTTP{Path: "/{{.Prompt}}/x?q={{.Prompt}}"}))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, prompt string) {
		defer bounds.Check(t)()
		for _, text := range []string{"http://127.0.0.1:9000", "http://127.0.0.1:9000//a%2f/?id=7"} {
			base, err := target.ParseURL(text)
			if err != nil {
				t.Fatal(err)
			}
			req, err := d.Request(context.Background(), base, []string{prompt}, 1)
			if err != nil {
				continue // refused
			}
			again, err := target.ParseURL(req.URL.String())
			if err != nil || req.URL.Host != base.Host || again.Host != base.Host || req.Host != base.Host {
				t.Errorf("%q makes %s (%v)", prompt, req.URL, err)
			}
			query := req.URL.Query()
			if delete(query, "id"); len(query) != 1 || query.Get("q") != prompt {
				t.Errorf("%q makes the query %v", prompt, query)
			}
			if text == "http://127.0.0.1:9000" && strings.Count(req.URL.EscapedPath(), "/") != 2 {
				t.Errorf("%q makes the path %s", prompt, req.URL.EscapedPath())
			}
		}
	})
}

// A JSON body is read as JSON whatever its type, and headers by their names in any case.
func TestHTTPJudgeReadsJSONByContent(t *testing.T) {
	for _, c := range []struct {
		success, kind, body string
		want                target.Class
	}{
		{"body.ok", "application/problem+json", `{"ok":true}`, target.Success},
		{"body.ok", "application/vnd.api+json; charset=utf-8", `{"ok":true}`, target.Success},
		{"body.ok", "text/json", `{"ok":true}`, target.Success},
		{"body.ok", "Application/JSON", `{"ok":true}`, target.Success},
		{"body.ok", "", `{"ok":true}`, target.Success},
		{"body.ok", "", `{"ok":false}`, target.Contract},
		{"body.ok", "text/plain; charset=utf-8", `{"ok":true}`, target.Success},
		{"body.ok", "text/plain", `{"ok":false}`, target.Contract},
		{"body.ok", "text/plain", `ok`, target.Contract},
		{`body contains "fine"`, "", "all fine", target.Success},
		{`body contains "fine"`, "application/json", `{"is":"fine"}`, target.Success},
		{`body contains "fine"`, "text/plain", `{"is":"fine"}`, target.Success},
		{`body == "7"`, "text/plain", "7", target.Success},
		{`body == 7`, "application/json", "7", target.Success},
		{`header["content-type"] contains "json"`, "application/json", "{}", target.Success},
		{`header["CONTENT-TYPE"] contains "json"`, "application/json", "{}", target.Success},
		{`get(header, "x-state") == "done"`, "", "", target.Success},
		{`"x-state" in header`, "", "", target.Success},
		{`header?.["x-state"] == "done"`, "", "", target.Success},
		{`"x-other" in header`, "", "", target.Contract},
	} {
		d := newDialect(t, httpConfig(target.HTTP{Success: c.success}))
		h := http.Header{"X-State": {"done"}}
		if c.kind != "" {
			h.Set("Content-Type", c.kind)
		}
		if got := d.Judge(200, h, []byte(c.body), 1); got.Class != c.want {
			t.Errorf("%s of %q %s: %+v, want class %q", c.success, c.kind, c.body, got, c.want)
		}
	}
}
