package field

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"weighbridge/bench"
	"weighbridge/bench/record"
	"weighbridge/bench/record/reasons"
	"weighbridge/reports/page"
	"weighbridge/scenarios"
)

// ended runs a scenario that may not come to its end.
func ended(ctx context.Context, t *testing.T, yaml string, observe bench.Observer) (*record.Record, error) {
	t.Helper()
	s, err := scenarios.Parse("field.yaml", []byte(yaml), scenarios.Changes{})
	if err != nil {
		t.Fatal(err)
	}
	if observe == nil {
		observe = func(bench.Progress) {}
	}
	return bench.Run(ctx, bench.Options{Scenario: s, Source: []byte(yaml), Observe: observe})
}

// asked is a scenario of 20 prompts for a server.
func asked(dialect, url, more string) string {
	return fmt.Sprintf(`
name: why
target: {dialect: %s, url: %q, auth: {scheme: none}, %s}
load: {warmup: 0s, open: {rate: 100, arrivals: constant, duration: 200ms}}
`, dialect, url, more)
}

func answer(w http.ResponseWriter, status int, kind, body string) {
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

const aCompletion = `{"choices":[{"message":{"role":"assistant","content":"hi"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`

func TestWarmupInWhichNothingSucceedsSaysWhatTheServerSaid(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, dialect, more string
		handler             http.HandlerFunc
		want                string
	}{
		{"a model that is not there", "openai", "model: x", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 404, "application/json", `{"error":{"message":"The model 'x' does not exist","code":"model_not_found"}}`)
		}, "client 404: The model 'x' does not exist"},
		{"FastAPI", "http", "", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 422, "application/json", `{"detail":[{"loc":["body","messages"],"msg":"Field required","type":"missing"}]}`)
		}, "client 422: body.messages: Field required"},
		{"stream_options refused", "openai", "stream: true", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 400, "application/json", `{"detail":"Extra inputs are not permitted: stream_options"}`)
		}, "client 400: Extra inputs are not permitted: stream_options"},
		{"a redirect", "openai", "", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}, "contract 302: redirected (302) to /login"},
		{"a redirect and the default success", "http", "", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://example.com/", http.StatusTemporaryRedirect)
		}, "contract 307: redirected (307) to https://example.com/"},
		{"a challenge", "anthropic", "", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 403, "text/html; charset=UTF-8", "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>")
		}, "auth 403: Just a moment..."},
		{"commands to a terminal and to CI", "http", "", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, 500, "text/plain", "\x1b[2J::error::x\r\nmore")
		}, `server 500: \x1b[2J::error::x`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, c.handler)
			_, err := ended(t.Context(), t, asked(c.dialect, s.URL, c.more), nil)
			if want := "arm all: nothing succeeded in the warm-up: " + c.want; err == nil || err.Error() != want {
				t.Errorf("the run ended with\n%v\nexpected\n%s", err, want)
			}
			if n := s.Account().Requests; n > 10 {
				t.Errorf("%d requests were sent to a server that refuses them", n)
			}
		})
	}
}

func TestServerThatLoadsIsWaitedFor(t *testing.T) {
	t.Parallel()
	var seen atomic.Bool
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if !seen.Load() {
			answer(w, 503, "application/json", `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`)
			return
		}
		answer(w, 200, "application/json", aCompletion)
	})
	rec, err := ended(t.Context(), t, asked("openai", s.URL, ""), func(p bench.Progress) {
		if p.Waiting == "503 Loading model" {
			seen.Store(true) // and now the server is ready
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	arm := summarize(t, rec).Arms[0]
	if arm.Due != 20 || arm.Answered != 20 {
		t.Errorf("%d of %d prompts answered: %+v", arm.Answered, arm.Due, arm.Failures)
	}
	if f := arm.Failures; len(f) != 1 || f[0].Phase != "warmup" || f[0].Said != "503 Loading model" {
		t.Errorf("the failures are %+v", f)
	}
}

func TestServerThatStartsLateIsWaitedFor(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	late := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "text/plain", "ok") })}
	var start sync.Once
	var serving sync.WaitGroup
	t.Cleanup(func() { late.Close(); serving.Wait() })
	rec, err := ended(t.Context(), t, asked("http", "http://"+address, ""), func(p bench.Progress) {
		if !strings.Contains(p.Waiting, "connection refused") {
			return
		}
		start.Do(func() {
			again, err := net.Listen("tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			serving.Go(func() { _ = late.Serve(again) })
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if arm := summarize(t, rec).Arms[0]; arm.Answered != 20 {
		t.Errorf("%d of %d prompts answered", arm.Answered, arm.Due)
	}
}

func TestServerThatDoesNotGetReadyEndsTheRun(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 503, "application/json", `{"error":"Loading model"}`)
	})
	yaml := strings.Replace(asked("http", s.URL, ""), "warmup: 0s", "warmup: 0s, ready: 100ms", 1)
	_, err := ended(t.Context(), t, yaml, nil)
	if want := "arm all: nothing succeeded in the warm-up: server 503: Loading model"; err == nil || err.Error() != want {
		t.Errorf("the run ended with\n%v\nexpected\n%s", err, want)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	rec, err := ended(ctx, t, asked("http", s.URL, ""), func(p bench.Progress) {
		if p.Waiting != "" {
			interrupt()
		}
	})
	if err != nil || rec.Stopped != bench.Interrupted {
		t.Errorf("an interrupt while waiting ends with %v", err)
	}
}

// A server that fails most requests at random is measured; every failure is counted once, and
// equal ones together, whatever numbers are in them.
func TestFailuresAddUpAndAreGrouped(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		switch i := n.Add(1); {
		case i%3 == 0:
			answer(w, 200, "application/json", aCompletion)
		case i%3 == 1:
			answer(w, 429, "application/json", fmt.Sprintf(`{"error":{"message":"Rate limit: try again in %d ms (request id req_%x)"}}`, i, i*7919))
		default:
			answer(w, 500, "text/plain", "word "+strings.Map(func(r rune) rune { return r + 'a' - '0' }, fmt.Sprint(i))) // each is new
		}
	})
	rec, err := ended(t.Context(), t, fmt.Sprintf(`
name: why
target: {dialect: openai, url: %q, auth: {scheme: none}}
load: {warmup: 100ms, open: {rate: 200, duration: 500ms}, closed: {in_flight: 2, duration: 100ms}}
`, s.URL), nil)
	if err != nil {
		t.Fatal(err)
	}
	failed := map[string]uint64{}
	for _, b := range rec.Arms[0].Blocks {
		for phase, slice := range map[string]*record.Slice{"open": b.Open, "closed": b.Closed} {
			for _, n := range slice.Errors {
				failed[phase] += n
			}
		}
	}
	list := rec.Arms[0].Failures
	listed := map[string]uint64{}
	for _, f := range list {
		listed[f.Phase] += f.Count
	}
	for phase, want := range failed {
		if listed[phase] != want || want == 0 {
			t.Errorf("%d failures are listed of %s load, %d were counted", listed[phase], phase, want)
		}
	}
	first := list[0]
	if first.Class != "rate_limit" || first.Status != 429 || first.Words != "Rate limit: try again in … ms (request id …)" || !strings.HasPrefix(first.Example, "Rate limit: try again in ") {
		t.Errorf("the most frequent is %+v", first)
	}
	if err := reasons.Check(list); err != nil {
		t.Error(err)
	}
	var others int
	for _, f := range list {
		if took := record.Milliseconds(rec.Ended.Sub(rec.Started)); f.OverTime.Total() != f.Count || f.FirstMS <= 0 || f.OverTime.AtMS(0) > f.FirstMS || f.FirstMS > took {
			t.Errorf("%+v is over time %+v, of a run of %v ms", f, f.OverTime, took)
		}
		if f.Class == reasons.Others && f.Phase == "open" {
			others++
		}
	}
	if others != 1 {
		t.Errorf("%d entries of others in %+v", others, list)
	}
}

// A redirect may be what is asked for: a success that says so takes it.
func TestRedirectThatIsAskedFor(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/next", http.StatusFound) })
	arm := summarize(t, run(t, asked("http", s.URL, "http: {success: status == 302}"))).Arms[0]
	if paths := s.Account().Paths; arm.Answered != 20 || paths["/next"] != 0 {
		t.Errorf("%d answered, and %v requested", arm.Answered, paths)
	}
}

// An arm that only redirects, beside one that answers, is measured as what it is: wholly failed.
func TestHeadThatOnlyRedirectsFailsBesideItsBase(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/head") {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return
		}
		answer(w, 200, "text/plain", "ok")
	})
	rec := run(t, fmt.Sprintf(`
name: why
target: {dialect: http, url: %q}
load: {warmup: 0s, open: {rate: 100, arrivals: constant, duration: 200ms}}
experiment: {order: sequential}
matrix: {side: {base: {target.http.path: /base}, head: {target.http.path: /head}}}
`, s.URL))
	sum := summarize(t, rec)
	if base, head := sum.Arms[0], sum.Arms[1]; base.Answered != 20 || head.Failed != 20 || page.FailureLine(head.Failures[0]) != "contract 20: redirected (302) to /elsewhere" {
		t.Errorf("base %d answered; head %d failed: %+v", base.Answered, head.Failed, head.Failures)
	}
	if want := "arm side=head: nothing succeeded in the warm-up: contract 302: redirected (302) to /elsewhere"; !strings.Contains(strings.Join(rec.Warnings, "\n"), want) {
		t.Errorf("the warnings are %q", rec.Warnings)
	}
}

// An arm without a whole answer, as connections end halfway or client.timeout is too short, is measured as what
// it is beside one that answers.
func TestHeadWithoutAWholeAnswerFailsBesideItsBase(t *testing.T) {
	t.Parallel()
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/base":
			answer(w, 200, "text/plain", "ok")
			return
		case "/silent":
			<-r.Context().Done()
			return
		}
		_, _ = io.WriteString(w, "half of")
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/slow" {
			<-r.Context().Done()
		}
		panic(http.ErrAbortHandler)
	})
	rec := run(t, fmt.Sprintf(`
name: why
target: {dialect: http, url: %q, http: {path: /base}}
load: {warmup: 0s, open: {rate: 50, arrivals: constant, duration: 200ms}}
experiment: {order: sequential}
matrix: {side: {base: {}, cut: {target.http.path: /cut}, slow: {target.http.path: /slow, client.timeout: 100ms}, silent: {target.http.path: /silent, client.timeout: 100ms}}}
`, s.URL))
	for i, want := range []string{"", "the connection ended inside an answer", "client.timeout has passed inside an answer", "client.timeout has passed before an answer"} {
		switch arm := summarize(t, rec).Arms[i]; {
		case want == "" && arm.Answered != 10:
			t.Errorf("%s: %d answered", arm.Arm, arm.Answered)
		case want != "" && (arm.Failed != 10 || !strings.Contains(page.FailureLine(arm.Failures[0]), want)):
			t.Errorf("%s: %d failed: %+v", arm.Arm, arm.Failed, arm.Failures)
		}
	}
}

// Plain HTTP to a port that speaks TLS shows what the server said to that.
func TestPlainHTTPToATLSPort(t *testing.T) {
	t.Parallel()
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	_, err := ended(t.Context(), t, asked("http", strings.Replace(s.URL, "https:", "http:", 1), ""), nil)
	if want := "client 400: Client sent an HTTP request to an HTTPS server."; err == nil || !strings.HasSuffix(err.Error(), want) {
		t.Errorf("%v, expected %s", err, want)
	}
}

// No secret that a server repeats gets into the list of failures, wherever its text is cut.
func TestFailuresHoldNoSecret(t *testing.T) {
	const secret = "sk-verysecretkey-0123456789"
	t.Setenv("WEIGHBRIDGE_FIELD_KEY", secret)
	var n atomic.Int64
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		i := int(n.Add(1))
		if i == 1 {
			answer(w, 200, "application/json", aCompletion)
			return
		}
		padding := strings.Repeat("x", 150+3*(i%20)) // so that the cut after 200 characters is inside the key
		answer(w, 401, "application/json", fmt.Sprintf(`{"error":{"message":"%s %s is not a key"}}`, padding, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")))
	})
	rec := run(t, strings.Replace(asked("openai", s.URL, ""), "{scheme: none}", `{scheme: apikey, key: "${env:WEIGHBRIDGE_FIELD_KEY}"}`, 1))
	if len(rec.Arms[0].Failures) == 0 {
		t.Fatal("there are no failures")
	}
	for _, f := range rec.Arms[0].Failures {
		for _, text := range []string{f.Words, f.Example} {
			if strings.Contains(text, "sk-v") || strings.Contains(text, "verysecret") {
				t.Errorf("%q", text)
			}
		}
	}
}

// TestPagesOfMaintenanceAreNoQuickAnswers has an arm that answers a page of maintenance with 200, which a rule of
// statuses takes for an answer.
func TestPagesOfMaintenanceAreNoQuickAnswers(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			answer(w, 200, "text/html", "<html><title>Down for maintenance</title></html>")
			return
		}
		answer(w, 200, "application/json", `{"ok":true}`)
	})
	sum := summarize(t, run(t, fmt.Sprintf(`
name: page
target: {dialect: http, url: %q}
load: {warmup: 50ms, open: {rate: 50, arrivals: constant, duration: 200ms}}
matrix: {path: {up: {target.http.path: /up}, down: {target.http.path: /down}}}
`, server.URL)))
	for _, arm := range sum.Arms {
		warned := strings.Contains(strings.Join(arm.Warnings, "\n"), "10 of 10 answers were HTML pages")
		if arm.Answered != 10 || warned != (arm.Arm == "path=down") {
			t.Errorf("%s: %d answered, warnings %q", arm.Arm, arm.Answered, arm.Warnings)
		}
	}
}
