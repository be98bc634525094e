package mockserver_test

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/ledger"
)

var start = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

const ms = time.Millisecond

func constant(d time.Duration) dist.Duration { return dist.Duration{Constant: d} }

// newFreeConfig returns the config of a mock without latency, limits or faults.
func newFreeConfig() mockserver.Config {
	return mockserver.Config{
		Seed: 1, Slots: 64, ServerTiming: true,
		Tokens: mockserver.Tokens{PerChar: 0.25, Output: mockserver.Number{Constant: 8}},
		Auth: mockserver.Auth{
			OAuth: mockserver.OAuth{TTL: time.Hour},
			JWT:   mockserver.JWT{Leeway: 30 * time.Second},
		},
	}
}

func newMock(t *testing.T, config mockserver.Config, options mockserver.Options) *mockserver.Server {
	t.Helper()
	if options.Random == nil {
		options.Random = rand.Reader
	}
	mock, err := mockserver.New(config, options)
	if err != nil {
		t.Fatal(err)
	}
	return mock
}

// newFrozenMock returns a mock whose clock moves only by Advance.
func newFrozenMock(t *testing.T, config mockserver.Config) (*mockserver.Server, *clock.Manual) {
	t.Helper()
	now := clock.NewManual(start)
	return newMock(t, config, mockserver.Options{Clock: now}), now
}

// single and batch return requests with a valid key; attempt 0 has no ID.
func single(attempt int) *http.Request {
	return post("/v1/completions", attempt, `{"prompt":"weigh this"}`)
}

func batch(attempt, prompts int) *http.Request {
	return post("/v1/batch", attempt, `{"prompts":["weigh this"`+strings.Repeat(`,"weigh this"`, prompts-1)+`]}`)
}

func post(path string, attempt int, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Api-Key", "key")
	if attempt > 0 {
		r.Header.Set(mockserver.AttemptHeader, strconv.Itoa(attempt))
	}
	return r
}

func serve(mock http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	mock.ServeHTTP(w, r)
	return w
}

func readLedger(t *testing.T, mock *mockserver.Server) ledger.Snapshot {
	t.Helper()
	snapshot, err := mock.Ledger().Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

// send sends a request over a real connection, and returns its response and body.
func send(t *testing.T, client *http.Client, r *http.Request) (*http.Response, []byte) {
	t.Helper()
	response, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, body
}

func decode[T any](t *testing.T, body []byte) T {
	t.Helper()
	var out T
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&out); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return out
}
