package mockserver_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver"
	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
)

func TestNewRefusesABadConfig(t *testing.T) {
	for want, change := range map[string]func(*mockserver.Config){
		"mock: slots: must be at least 1":                                        func(c *mockserver.Config) { c.Slots = 0 },
		"mock: tokens.output: lognormal: p50 must be greater than 0":             func(c *mockserver.Config) { c.Tokens.Output.LogNormal = &dist.LogNormal[float64]{} },
		"mock: limit.requests: burst must be greater than 0 and rate at least 0": func(c *mockserver.Config) { c.Limit.Requests = &mockserver.Bucket{Rate: 1} },
		"mock: faults.errors: 200 is not an error status, expected 400 to 599":   func(c *mockserver.Config) { c.Faults.Errors = fault.Errors{200: {When: everyRequest()}} },
		"mock: auth.oauth.introspect: uniform: max must not be less than min":    func(c *mockserver.Config) { c.Auth.OAuth.Introspect.Uniform = &dist.Uniform[time.Duration]{Min: 1} },
		"mock: latency.request: lognormal: p50 must be greater than 0":           func(c *mockserver.Config) { c.Latency.Request.LogNormal = &dist.LogNormal[time.Duration]{} },
	} {
		config := newFreeConfig()
		change(&config)
		if _, err := mockserver.New(config, mockserver.Options{}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

var timingForm = regexp.MustCompile(`^total;dur=(\d+\.\d{3}), auth;dur=(\d+\.\d{3}), limit;dur=(\d+\.\d{3}), queue;dur=(\d+\.\d{3}), model;dur=(\d+\.\d{3})$`)

// timing parses an answer's Server-Timing, in ms, total first.
func timing(t *testing.T, h http.Header) [5]float64 {
	t.Helper()
	found := timingForm.FindStringSubmatch(h.Get("Server-Timing"))
	if found == nil {
		t.Fatalf("Server-Timing is %q", h.Get("Server-Timing"))
	}
	var parts [5]float64
	for i := range parts {
		parts[i], _ = strconv.ParseFloat(found[i+1], 64) // the regular expression has checked it
	}
	return parts
}

// With one slot, the second request waits in the queue for the first.
func TestServerTimingSeparatesModelAndQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := newFreeConfig()
		config.Slots = 1
		config.Latency = mockserver.Latency{
			Request: constant(5 * ms), Prompt: constant(2 * ms),
			InputToken: constant(100 * time.Microsecond), OutputToken: constant(ms),
		}
		mock := newMock(t, config, mockserver.Options{})
		answers := make(chan [5]float64, 2)
		for id := range 2 {
			go func() { answers <- timing(t, serve(mock, batch(id+1, 3)).Header()) }()
			synctest.Wait()
		}
		// "weigh this" has 10 characters, so 3 tokens; the answer has 8.
		const model = 5 + 3*2 + 3*3*0.1 + 3*8*1
		if got, want := <-answers, [5]float64{model, 0, 0, 0, model}; got != want {
			t.Errorf("the timing of the first answer is %v, want %v", got, want)
		}
		if got, want := <-answers, [5]float64{2 * model, 0, 0, model, model}; got != want {
			t.Errorf("the timing of the second answer is %v, want %v", got, want)
		}
	})
}

func TestErrorsHaveServerTiming(t *testing.T) {
	config := newFreeConfig()
	config.Latency.Request = constant(ms)
	config.Faults.Errors = fault.Errors{500: {When: everyRequest()}}
	mock := newMock(t, config, mockserver.Options{})
	noKey := single(1)
	noKey.Header.Del("X-Api-Key")
	for status, r := range map[int]*http.Request{
		500: single(1), 401: noKey, 404: post("/x", 1, ""), 400: post("/v1/batch", 1, "{"),
	} {
		w := serve(mock, r)
		parts := timing(t, w.Header())
		if w.Code != status || parts[0] < parts[1]+parts[2]+parts[3]+parts[4]-1e-9 {
			t.Errorf("%d (want %d) took %v", w.Code, status, parts)
		}
		if status == 500 && parts[4] < 1 {
			t.Errorf("an injected error does not take the time per request: %v", parts)
		}
	}
	config.ServerTiming = false
	if h := serve(newMock(t, config, mockserver.Options{}), single(1)).Header(); h.Get("Server-Timing") != "" {
		t.Errorf("switched off, Server-Timing is %q", h.Get("Server-Timing"))
	}
}

// The time for a token request counts as auth; a client that leaves meanwhile gets no answer.
func TestTokenRequestsAreTimedAsAuth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := newFreeConfig()
		config.Auth.OAuth.Latency = constant(5 * ms)
		mock := newMock(t, config, mockserver.Options{})
		w := serve(mock, httptest.NewRequest(http.MethodPost, "/oauth2/token", nil))
		if got := timing(t, w.Header()); got != [5]float64{5, 5} {
			t.Errorf("%d took %v", w.Code, got)
		}
		ctx, cancel := context.WithTimeout(t.Context(), ms)
		defer cancel()
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("got %v instead of http.ErrAbortHandler", err)
			}
		}()
		serve(mock, httptest.NewRequestWithContext(ctx, http.MethodPost, "/oauth2/token", nil))
	})
}

func TestInjectedErrorTakesTheTimePerRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := newFreeConfig()
		config.Latency = mockserver.Latency{Request: constant(5 * ms), Prompt: constant(time.Second), OutputToken: constant(time.Second)}
		config.Faults.Errors = fault.Errors{502: {When: everyRequest()}}
		mock := newMock(t, config, mockserver.Options{})
		begun := time.Now()
		if w := serve(mock, batch(1, 10)); w.Code != 502 || time.Since(begun) != 5*ms {
			t.Errorf("got %d after %v", w.Code, time.Since(begun))
		}
		if got := readLedger(t, mock); got.Faults["errors"] != 1 || got.Statuses["502"] != 1 || got.Tokens.Output != 0 || got.Prompts != 10 {
			t.Errorf("the ledger is %+v", got)
		}
	})
}

// A client that waits as long as Retry-After says is served.
func TestRetryAfterIsEnough(t *testing.T) {
	for _, test := range []struct {
		name, header string
		unit         time.Duration
		limit        mockserver.Limit
	}{
		{"requests", "Retry-After", time.Second, mockserver.Limit{Requests: &mockserver.Bucket{Rate: 0.3, Burst: 2}}},
		{"requests", "Retry-After-Ms", ms, mockserver.Limit{Requests: &mockserver.Bucket{Rate: 0.3, Burst: 2}}},
		{"input tokens", "Retry-After-Ms", ms, mockserver.Limit{InputTokens: &mockserver.Bucket{Rate: 7, Burst: 8}}},
		{"output tokens", "Retry-After-Ms", ms, mockserver.Limit{OutputTokens: &mockserver.Bucket{Rate: 7, Burst: 17}}},
	} {
		t.Run(test.name+" by "+test.header, func(t *testing.T) {
			config := newFreeConfig()
			config.Limit = test.limit
			mock, now := newFrozenMock(t, config)
			refused := 0
			for id := 1; id <= 20; id++ {
				w := serve(mock, single(id))
				if w.Code == 200 {
					continue
				}
				refused++
				wait, err := strconv.Atoi(w.Header().Get(test.header))
				if err != nil || w.Code != 429 || wait < 1 {
					t.Fatalf("got %d with %s %q", w.Code, test.header, w.Header().Get(test.header))
				}
				now.Advance(time.Duration(wait) * test.unit)
				if w := serve(mock, single(100+id)); w.Code != 200 {
					t.Fatalf("after %d × %v the answer is still %d %s", wait, test.unit, w.Code, w.Body)
				}
			}
			if got := readLedger(t, mock); refused == 0 || got.Faults["limit"] != uint64(refused) || got.Statuses["429"] != uint64(refused) {
				t.Errorf("%d were refused, the ledger is %+v", refused, got)
			}
		})
	}
}

func TestTooLargeForTheLimitHasNoRetryAfter(t *testing.T) {
	config := newFreeConfig()
	config.Limit.InputTokens = &mockserver.Bucket{Rate: 1, Burst: 10}
	mock, _ := newFrozenMock(t, config)
	w := serve(mock, batch(1, 10))
	if w.Code != 429 || w.Header().Get("Retry-After") != "" || w.Header().Get("Retry-After-Ms") != "" {
		t.Errorf("got %d with %v", w.Code, w.Header())
	}
	if !strings.Contains(w.Body.String(), "waiting does not help") {
		t.Errorf("got %s", w.Body)
	}
}

func TestFullQueueIsOverloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := newFreeConfig()
		config.Slots, config.Queue = 2, 3
		config.Latency.Request = constant(time.Second)
		mock := newMock(t, config, mockserver.Options{})
		var all sync.WaitGroup
		for id := range 10 {
			all.Go(func() { serve(mock, single(id+1)) })
		}
		all.Wait()
		got := readLedger(t, mock)
		if got.Statuses["200"] != 5 || got.Statuses["503"] != 5 || got.Faults["queue"] != 5 {
			t.Errorf("2 slots and a queue of 3 for 10 requests: the ledger is %+v", got)
		}
	})
}

func TestCanceledRequestFreesItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := newFreeConfig()
		config.Slots = 1
		config.Latency.Request = constant(time.Hour)
		mock := newMock(t, config, mockserver.Options{})
		for id := range 3 { // one is served, two wait
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(id+1)*time.Second)
			defer cancel()
			go func() {
				defer func() {
					if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
						t.Errorf("client %d: got %v instead of http.ErrAbortHandler", id, err)
					}
				}()
				serve(mock, single(id+1).WithContext(ctx))
			}()
		}
		time.Sleep(4 * time.Second)
		synctest.Wait()
		begun := time.Now()
		if w := serve(mock, single(4)); w.Code != 200 || time.Since(begun) != time.Hour {
			t.Errorf("the next got %d after %v", w.Code, time.Since(begun))
		}
		if got := readLedger(t, mock); got.Gone != 3 || got.Attempts != 4 || got.Statuses["200"] != 1 {
			t.Errorf("the ledger is %+v", got)
		}
	})
}

// Only the verifier's clock is skewed; drift moves it beyond the leeway.
func TestClockSkewOfTheVerifier(t *testing.T) {
	for _, test := range []struct {
		name  string
		clock mockserver.Skew
		after time.Duration
		want  int
	}{
		{"no skew", mockserver.Skew{}, 0, 200},
		{"behind by the leeway", mockserver.Skew{Offset: -30 * time.Second}, 0, 200},
		{"behind by more", mockserver.Skew{Offset: -31 * time.Second}, 0, 401},
		{"ahead by more", mockserver.Skew{Offset: 31 * time.Second}, 0, 200},
		{"ahead by lifetime and leeway", mockserver.Skew{Offset: 10*time.Minute + 30*time.Second}, 0, 401},
		{"drifting, at first", mockserver.Skew{Drift: -0.5}, 60 * time.Second, 200},
		{"drifting, later", mockserver.Skew{Drift: -0.5}, 62 * time.Second, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := newFreeConfig()
			config.Clock.Skew = test.clock
			mock, now := newFrozenMock(t, config)
			now.Advance(test.after)
			claims := jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(now.Now()), ExpiresAt: jwt.NewNumericDate(now.Now().Add(10 * time.Minute))}
			token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(mock.Credentials().JWTSecret))
			if err != nil {
				t.Fatal(err)
			}
			r := single(1)
			r.Header.Del("X-Api-Key")
			r.Header.Set("Authorization", "Bearer "+token)
			if w := serve(mock, r); w.Code != test.want {
				t.Errorf("got %d %s, want %d", w.Code, w.Body, test.want)
			}
		})
	}
}

func TestAuthIsCheckedBeforeTheBodyIsRead(t *testing.T) {
	mock, _ := newFrozenMock(t, newFreeConfig())
	r := httptest.NewRequest(http.MethodPost, "/v1/completions", unreadableBody{t})
	r.Header.Set("Content-Type", "application/json")
	if w := serve(mock, r); w.Code != 401 {
		t.Errorf("got %d", w.Code)
	}
}

type unreadableBody struct{ t *testing.T }

func (u unreadableBody) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, errors.New("must not be read")
}

// Without a Content-Length, the mock finds that a body is too large only by reading it.
func TestEndlessBodyIsTooLarge(t *testing.T) {
	mock, _ := newFrozenMock(t, newFreeConfig())
	r := single(1)
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(zeros{}, 1<<30)), -1
	if w := serve(mock, r); w.Code != 413 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestIncompleteBodyCountsAsGone(t *testing.T) {
	mock, _ := newFrozenMock(t, newFreeConfig())
	r := single(1)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"prompt":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	func() {
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("got %v instead of http.ErrAbortHandler", err)
			}
		}()
		serve(mock, r)
	}()
	if got := readLedger(t, mock); got.Gone != 1 || got.Prompts != 0 || len(got.Statuses) != 0 {
		t.Errorf("the ledger is %+v", got)
	}
}

// A client that has received its answer finds it in the ledger.
func TestLedgerHasAnswersBeforeClients(t *testing.T) {
	mock := newMock(t, newFreeConfig(), mockserver.Options{})
	for id := 1; id <= 5; id++ {
		w := &callbackWriter{header: http.Header{}, onHeader: func() {
			if got := readLedger(t, mock); got.Statuses["200"] != uint64(id) {
				t.Errorf("at the first byte of answer %d the ledger has %v", id, got.Statuses)
			}
		}}
		mock.ServeHTTP(w, single(id))
	}
}

type callbackWriter struct {
	header   http.Header
	onHeader func()
	bytes.Buffer
}

func (w *callbackWriter) Header() http.Header { return w.header }
func (w *callbackWriter) WriteHeader(int)     { w.onHeader() }

// lateClock sleeps a millisecond too long, like real timers.
type lateClock struct{ clock.Clock }

func (c lateClock) Sleep(ctx context.Context, d time.Duration) error {
	return c.Clock.Sleep(ctx, d+ms)
}

// Late timers delay a stream of many pieces only once, not once per piece.
func TestTimerLatenessDoesNotAccumulateOverAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := newFreeConfig()
		config.Latency.Request.Constant, config.Latency.OutputToken.Constant = 20*ms, 5*ms
		mock := newMock(t, config, mockserver.Options{Clock: lateClock{clock.System()}})
		begun := time.Now()
		body := `{"model":"m","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}`
		if w := serve(mock, post("/v1/chat/completions", 1, body)); w.Code != http.StatusOK {
			t.Fatalf("got %d: %s", w.Code, w.Body)
		}
		if took := time.Since(begun); took != 20*ms+8*5*ms+ms {
			t.Errorf("20 ms and 8 tokens of 5 ms took %v, want 61 ms", took)
		}
	})
}

// A message batch may have 256 MB, other bodies 32 MB.
func TestMaxBodyByEndpoint(t *testing.T) {
	mock := newMock(t, newFreeConfig(), mockserver.Options{})
	of := func(path string, size int) *http.Request {
		r := post(path, 1, `{"requests":[{"custom_id":"a","params":{"model":"m","max_tokens":4,"messages":[{"role":"user","content":"hi"}]}}]}`)
		r.Header.Set("Anthropic-Version", "2026-10-21")
		r.ContentLength = int64(size)
		return r
	}
	for _, test := range []struct {
		path string
		size int
		want int
	}{
		{"/v1/messages/batches", 256 << 20, 200},
		{"/v1/messages/batches", 256<<20 + 1, 413},
		{"/v1/messages", 32 << 20, 400},
		{"/v1/messages", 32<<20 + 1, 413},
	} {
		if w := serve(mock, of(test.path, test.size)); w.Code != test.want {
			t.Errorf("%s of %d bytes: %d %s", test.path, test.size, w.Code, w.Body)
		}
	}
}
