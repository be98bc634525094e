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
	for want, spoil := range map[string]func(*mockserver.Config){
		"mock: slots: must be at least 1":                                        func(c *mockserver.Config) { c.Slots = 0 },
		"mock: tokens.output: lognormal: p50 must be greater than 0":             func(c *mockserver.Config) { c.Tokens.Output.LogNormal = &dist.LogNormal[float64]{} },
		"mock: limit.requests: burst must be greater than 0 and rate at least 0": func(c *mockserver.Config) { c.Limit.Requests = &mockserver.Bucket{Rate: 1} },
		"mock: faults.errors: 200 is not an error status, expected 400 to 599":   func(c *mockserver.Config) { c.Faults.Errors = fault.Errors{200: {When: always()}} },
		"mock: auth.oauth.introspect: uniform: max must not be less than min":    func(c *mockserver.Config) { c.Auth.OAuth.Introspect.Uniform = &dist.Uniform[time.Duration]{Min: 1} },
		"mock: latency.request: lognormal: p50 must be greater than 0":           func(c *mockserver.Config) { c.Latency.Request.LogNormal = &dist.LogNormal[time.Duration]{} },
	} {
		config := free()
		spoil(&config)
		if _, err := mockserver.New(config, mockserver.Options{}); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

var timingForm = regexp.MustCompile(`^total;dur=(\d+\.\d{3}), auth;dur=(\d+\.\d{3}), limit;dur=(\d+\.\d{3}), queue;dur=(\d+\.\d{3}), model;dur=(\d+\.\d{3})$`)

// timing reads the parts of an answer's Server-Timing in ms, total first.
func timing(t *testing.T, h http.Header) [5]float64 {
	t.Helper()
	found := timingForm.FindStringSubmatch(h.Get("Server-Timing"))
	if found == nil {
		t.Fatalf("Server-Timing is %q", h.Get("Server-Timing"))
	}
	var parts [5]float64
	for i := range parts {
		parts[i], _ = strconv.ParseFloat(found[i+1], 64) // the form has checked it
	}
	return parts
}

// Two requests on one slot: the second waits for the first, and says so.
func TestServerTimingTellsTheModelFromTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := free()
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
		// "weigh this" is 10 characters, so 3 tokens; 8 are answered.
		const model = 5 + 3*2 + 3*3*0.1 + 3*8*1
		if got, want := <-answers, [5]float64{model, 0, 0, 0, model}; got != want {
			t.Errorf("the first answer says %v, want %v", got, want)
		}
		if got, want := <-answers, [5]float64{2 * model, 0, 0, model, model}; got != want {
			t.Errorf("the second answer says %v, want %v", got, want)
		}
	})
}

func TestServerTimingStandsOnEveryAnswer(t *testing.T) {
	config := free()
	config.Latency.Request = constant(ms)
	config.Faults.Errors = fault.Errors{500: {When: always()}}
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
			t.Errorf("an injected error is free of the request's cost: %v", parts)
		}
	}
	config.ServerTiming = false
	if h := serve(newMock(t, config, mockserver.Options{}), single(1)).Header(); h.Get("Server-Timing") != "" {
		t.Errorf("switched off, it says %q", h.Get("Server-Timing"))
	}
}

// All that a token takes is auth's; a client that leaves meanwhile is told nothing.
func TestTokensAreTimedAsAuth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := free()
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
				t.Errorf("it was answered, or worse: %v", err)
			}
		}()
		serve(mock, httptest.NewRequestWithContext(ctx, http.MethodPost, "/oauth2/token", nil))
	})
}

func TestInjectedErrorCostsTheRequestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := free()
		config.Latency = mockserver.Latency{Request: constant(5 * ms), Prompt: constant(time.Second), OutputToken: constant(time.Second)}
		config.Faults.Errors = fault.Errors{502: {When: always()}}
		mock := newMock(t, config, mockserver.Options{})
		begun := time.Now()
		if w := serve(mock, batch(1, 10)); w.Code != 502 || time.Since(begun) != 5*ms {
			t.Errorf("got %d after %v", w.Code, time.Since(begun))
		}
		if got := readLedger(t, mock); got.Faults["errors"] != 1 || got.Statuses["502"] != 1 || got.Tokens.Output != 0 || got.Prompts != 10 {
			t.Errorf("the ledger says %+v", got)
		}
	})
}

// A client that waits as long as Retry-After says gets in; its clock is the mock's.
func TestRetryAfterIsTrue(t *testing.T) {
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
			config := free()
			config.Limit = test.limit
			mock, now := frozen(t, config)
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
					t.Fatalf("after %d of %v it still answers %d %s", wait, test.unit, w.Code, w.Body)
				}
			}
			if got := readLedger(t, mock); refused == 0 || got.Faults["limit"] != uint64(refused) || got.Statuses["429"] != uint64(refused) {
				t.Errorf("%d were refused, the ledger says %+v", refused, got)
			}
		})
	}
}

func TestTooLargeForTheLimitIsNotToldToWait(t *testing.T) {
	config := free()
	config.Limit.InputTokens = &mockserver.Bucket{Rate: 1, Burst: 10}
	mock, _ := frozen(t, config)
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
		config := free()
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
			t.Errorf("2 slots and a queue of 3 for 10 requests: the ledger says %+v", got)
		}
	})
}

func TestClientThatLeavesFreesItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := free()
		config.Slots = 1
		config.Latency.Request = constant(time.Hour)
		mock := newMock(t, config, mockserver.Options{})
		for id := range 3 { // one is served, two wait
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(id+1)*time.Second)
			defer cancel()
			go func() {
				defer func() {
					if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
						t.Errorf("client %d was answered, or worse: %v", id, err)
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
			t.Errorf("the ledger says %+v", got)
		}
	})
}

// The skewed clock is the verifier's alone; drift carries it out of the leeway.
func TestClockSkewIsTheVerifiers(t *testing.T) {
	for _, test := range []struct {
		name  string
		clock mockserver.Skew
		after time.Duration
		want  int
	}{
		{"true", mockserver.Skew{}, 0, 200},
		{"behind by the leeway", mockserver.Skew{Offset: -30 * time.Second}, 0, 200},
		{"behind by more", mockserver.Skew{Offset: -31 * time.Second}, 0, 401},
		{"ahead by more", mockserver.Skew{Offset: 31 * time.Second}, 0, 200},
		{"ahead by life and leeway", mockserver.Skew{Offset: 10*time.Minute + 30*time.Second}, 0, 401},
		{"drifting, at first", mockserver.Skew{Drift: -0.5}, 60 * time.Second, 200},
		{"drifting, a while on", mockserver.Skew{Drift: -0.5}, 62 * time.Second, 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			config := free()
			config.Clock.Skew = test.clock
			mock, now := frozen(t, config)
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

func TestAuthIsJudgedBeforeTheBodyIsRead(t *testing.T) {
	mock, _ := frozen(t, free())
	r := httptest.NewRequest(http.MethodPost, "/v1/completions", unread{t})
	r.Header.Set("Content-Type", "application/json")
	if w := serve(mock, r); w.Code != 401 {
		t.Errorf("got %d", w.Code)
	}
}

type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body is read")
	return 0, errors.New("not to be read")
}

// Without a Content-Length, a body is found too large only in reading it.
func TestEndlessBodyIsTooLarge(t *testing.T) {
	mock, _ := frozen(t, free())
	r := single(1)
	r.Body, r.ContentLength = io.NopCloser(io.LimitReader(zeros{}, 1<<30)), -1
	if w := serve(mock, r); w.Code != 413 {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func TestClientThatLeavesInItsBodyIsGone(t *testing.T) {
	mock, _ := frozen(t, free())
	r := single(1)
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"prompt":`), iotest.ErrReader(io.ErrUnexpectedEOF)))
	func() {
		defer func() {
			if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("it was answered, or worse: %v", err)
			}
		}()
		serve(mock, r)
	}()
	if got := readLedger(t, mock); got.Gone != 1 || got.Prompts != 0 || len(got.Statuses) != 0 {
		t.Errorf("the ledger says %+v", got)
	}
}

// A client that has its answer never reads a ledger without it.
func TestLedgerKnowsBeforeTheClient(t *testing.T) {
	mock := newMock(t, free(), mockserver.Options{})
	for id := 1; id <= 5; id++ {
		w := &watched{header: http.Header{}, first: func() {
			if got := readLedger(t, mock); got.Statuses["200"] != uint64(id) {
				t.Errorf("at the first byte of answer %d the ledger says %v", id, got.Statuses)
			}
		}}
		mock.ServeHTTP(w, single(id))
	}
}

type watched struct {
	header http.Header
	first  func()
	bytes.Buffer
}

func (w *watched) Header() http.Header { return w.header }
func (w *watched) WriteHeader(int)     { w.first() }

// lateClock is late by a millisecond whenever it waits, as timers are.
type lateClock struct{ clock.Clock }

func (c lateClock) Sleep(ctx context.Context, d time.Duration) error {
	return c.Clock.Sleep(ctx, d+ms)
}

// A timer that is late once a piece does not make a stream of many pieces any later.
func TestLatenessDoesNotAddUpOverAStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		config := free()
		config.Latency.Request.Constant, config.Latency.OutputToken.Constant = 20*ms, 5*ms
		mock := newMock(t, config, mockserver.Options{Clock: lateClock{clock.System()}})
		begun := time.Now()
		body := `{"model":"m","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"hi"}]}`
		if w := serve(mock, post("/v1/chat/completions", 1, body)); w.Code != http.StatusOK {
			t.Fatalf("got %d: %s", w.Code, w.Body)
		}
		if took := time.Since(begun); took != 20*ms+8*5*ms+ms {
			t.Errorf("8 tokens, each 5 ms after the one before and the first 20 ms after it was asked for, took %v", took)
		}
	})
}

// A message batch may be 256 MB, and nothing else over 32.
func TestBodiesAreBoundedByTheirEndpoint(t *testing.T) {
	mock := newMock(t, free(), mockserver.Options{})
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
