package dialect

import (
	"context"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"weighbridge/bench/bounds"
	"weighbridge/bench/golden"
	"weighbridge/target"
)

// config is the target section of a dialect with a batch size.
func config(dialect string, size int) target.Config {
	return target.Config{Dialect: dialect, Batch: target.Batch{Size: size}}
}

func newDialect(t *testing.T, cfg target.Config) target.Dialect {
	t.Helper()
	d, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// wire is the request as sent over HTTP/1.1.
func wire(t *testing.T, d target.Dialect, base string, prompts ...string) string {
	t.Helper()
	address, err := url.Parse(base)
	if err != nil {
		t.Fatal(err)
	}
	req, err := d.Request(context.Background(), address, prompts, 64)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := httputil.DumpRequestOut(req, true)
	if err != nil {
		t.Fatal(err)
	}
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			t.Fatal(err)
		}
		again, err := io.ReadAll(body)
		if err != nil || !strings.HasSuffix(string(raw), "\r\n\r\n"+string(again)) {
			t.Errorf("GetBody gives %q, %v; want the body sent", again, err)
		}
	} else if req.ContentLength > 0 {
		t.Error("there is no GetBody: the request cannot be sent again")
	}
	return string(raw)
}

func TestArticleRequestOnTheWire(t *testing.T) {
	odd := "a \"quoted\" line\nand <html> & ünïcode  "
	golden.Check(t, "testdata/article-single.golden", wire(t, newDialect(t, config("article", 1)), "https://127.0.0.1:4711", odd))
	golden.Check(t, "testdata/article-batch.golden", wire(t, newDialect(t, config("article", 10)), "https://127.0.0.1:4711", "one", odd))
	golden.Check(t, "testdata/article-batch-of-one.golden", wire(t, newDialect(t, config("article", 10)), "https://127.0.0.1:4711/behind/a/gateway/", "one"))
}

const (
	ok   = `{"index":0,"status":"succeeded","completion":"a","usage":{"input_tokens":3,"output_tokens":2}}`
	ok1  = `{"index":1,"status":"succeeded","completion":"b","usage":{"input_tokens":4,"output_tokens":1}}`
	bad1 = `{"index":1,"status":"failed","error":{"type":"api_error","message":"m"},"usage":{"input_tokens":0,"output_tokens":0}}`
)

func results(list ...string) string {
	return `{"id":"b","object":"batch","results":[` + strings.Join(list, ",") + `],"usage":{"input_tokens":9,"output_tokens":9}}`
}

func TestArticleJudge(t *testing.T) {
	for _, c := range []struct {
		name    string
		size    int
		status  int
		kind    string
		body    string
		prompts int
		want    target.Outcome
	}{
		{"a completion", 1, 200, "application/json", `{"id":"c","completion":"hi","usage":{"input_tokens":5,"output_tokens":2}}`, 1, target.Outcome{InputTokens: 5, OutputTokens: 2, InputKnown: true, OutputByPrompt: []uint64{2}}},
		{"a content type with parameters", 1, 200, "application/json; charset=utf-8", `{"completion":"","usage":{"input_tokens":5,"output_tokens":0}}`, 1, target.Outcome{InputTokens: 5, InputKnown: true, OutputByPrompt: []uint64{0}}},
		{"no completion", 1, 200, "application/json", `{"usage":{"input_tokens":5,"output_tokens":2}}`, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"no usage", 1, 200, "application/json", `{"completion":"hi"}`, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"usage without output tokens", 1, 200, "application/json", `{"completion":"hi","usage":{"input_tokens":5}}`, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"an error in a 200", 1, 200, "application/json", `{"error":{"type":"api_error"}}`, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"cut off", 1, 200, "application/json", `{"completion":"hi","us`, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"not JSON", 1, 200, "text/html", `<html>`, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"JSON with another content type", 1, 200, "text/plain", `{"completion":"hi","usage":{"input_tokens":5,"output_tokens":2}}`, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"empty", 1, 200, "application/json", ``, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"204", 1, 204, "", ``, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"302", 1, 302, "", ``, 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"401", 1, 401, "application/json", `{"error":{"type":"authentication_error"}}`, 1, target.Outcome{Class: target.AuthError, Failed: 1, Fatal: target.FatalCredential}},
		{"403", 1, 403, "", ``, 1, target.Outcome{Class: target.AuthError, Failed: 1}},
		{"404", 1, 404, "", ``, 1, target.Outcome{Class: target.ClientErr, Failed: 1}},
		{"408", 1, 408, "", ``, 1, target.Outcome{Class: target.Timeout, Failed: 1}},
		{"429", 10, 429, "application/json", `{"error":{"type":"rate_limit_error"}}`, 10, target.Outcome{Class: target.RateLimit, Failed: 10}},
		{"500", 10, 500, "text/html", `<html>`, 10, target.Outcome{Class: target.Server, Failed: 10}},
		{"504", 10, 504, "", ``, 10, target.Outcome{Class: target.Timeout, Failed: 10}},

		{"a batch", 10, 200, "application/json", results(ok, ok1), 2, target.Outcome{InputTokens: 7, OutputTokens: 3, InputKnown: true, OutputByPrompt: []uint64{2, 1}}},
		{"a half-failed batch", 10, 200, "application/json", results(ok, bad1), 2, target.Outcome{Class: target.Server, Failed: 1, FailedAt: []int{1}, InputTokens: 3, OutputTokens: 2, InputKnown: true, OutputByPrompt: []uint64{2, 0}}},
		{"a result missing", 10, 200, "application/json", results(ok), 2, target.Outcome{Class: target.Contract, Failed: 2}},
		{"a result too many", 10, 200, "application/json", results(ok, ok1), 1, target.Outcome{Class: target.Contract, Failed: 1}},
		{"out of order", 10, 200, "application/json", results(ok1, ok), 2, target.Outcome{Class: target.Contract, Failed: 2}},
		{"no index", 10, 200, "application/json", results(ok, `{"status":"succeeded"}`), 2, target.Outcome{Class: target.Contract, Failed: 2}},
		{"a success without a completion", 10, 200, "application/json", results(ok, `{"index":1,"status":"succeeded"}`), 2, target.Outcome{Class: target.Contract, Failed: 1, FailedAt: []int{1}, InputTokens: 3, OutputTokens: 2, InputKnown: true, OutputByPrompt: []uint64{2, 0}}},
		{"neither succeeded nor failed", 10, 200, "application/json", results(ok, `{"index":1,"status":"pending"}`), 2, target.Outcome{Class: target.Contract, Failed: 1, FailedAt: []int{1}, InputTokens: 3, OutputTokens: 2, InputKnown: true, OutputByPrompt: []uint64{2, 0}}},
		{"a rate-limited prompt", 10, 200, "application/json", results(ok, strings.Replace(bad1, "api_error", "rate_limit_error", 1)), 2, target.Outcome{Class: target.RateLimit, Failed: 1, FailedAt: []int{1}, InputTokens: 3, OutputTokens: 2, InputKnown: true, OutputByPrompt: []uint64{2, 0}}},
		{"a completion instead of a batch", 10, 200, "application/json", `{"completion":"hi","usage":{"input_tokens":5,"output_tokens":2}}`, 2, target.Outcome{Class: target.Contract, Failed: 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := http.Header{"Content-Type": {c.kind}}
			got := newDialect(t, config("article", c.size)).Judge(c.status, h, []byte(c.body), c.prompts)
			if (got.Detail == "") != (got.Class == target.Success) {
				t.Errorf("class %q has the detail %q", got.Class, got.Detail)
			}
			got.Detail = ""
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%+v, want %+v", got, c.want)
			}
		})
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(200, []byte(results(ok, bad1)), 2)
	f.Add(200, []byte(`{"completion":null,"usage":{}}`), 1)
	f.Add(429, []byte(`{"error":7}`), 3)
	f.Add(200, []byte(messageStart+delta+messageDelta+messageStop), 1)
	f.Add(200, []byte(named("response.output_text.delta", `,"delta":"hi"`)+named("response.completed", `,"response":`+aResponse("completed", responseMessage, ""))), 1)
	f.Add(200, []byte(aResponse("incomplete", responseThought+","+responseCall, "")), 1)
	f.Fuzz(func(t *testing.T, status int, body []byte, prompts int) {
		defer bounds.Check(t)()
		if prompts < 1 || prompts > 1000 {
			return
		}
		for _, d := range []target.Dialect{article{batched: true}, article{}, anthropic{}, openai{}, responses{}, anthropic{stream: true}, openai{stream: true}, responses{stream: true}} {
			kind := typeJSON
			switch d {
			case anthropic{stream: true}, openai{stream: true}, responses{stream: true}:
				kind = typeEvents
			}
			if d != (article{batched: true}) {
				prompts = 1
			}
			got := d.Judge(status, http.Header{"Content-Type": {kind}}, body, prompts)
			all := got.FailedAt == nil && got.Failed == prompts
			some := got.FailedAt != nil && got.Failed == len(got.FailedAt) && got.Failed <= prompts
			none := got.Class == target.Success && got.Failed == 0
			if !all && !some && !none {
				t.Errorf("%d prompts: %+v", prompts, got)
			}
		}
	})
}

func TestUnknownDialectIsRefused(t *testing.T) {
	if _, err := New(config("klingon", 1)); err == nil || !strings.Contains(err.Error(), `unknown dialect "klingon"`) {
		t.Errorf("%v, want an error that names the dialect", err)
	}
}
