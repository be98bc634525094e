package sdk_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/packages/ssestream"
)

// wantOpenAI is err as the SDK's typed error, with that status and type.
func wantOpenAI(t *testing.T, err error, status int, kind string) *openai.Error {
	t.Helper()
	var typed *openai.Error
	if !errors.As(err, &typed) {
		t.Fatalf("got %v, want an *openai.Error of %d", err, status)
	}
	if typed.StatusCode != status || typed.Type != kind || typed.Message == "" {
		t.Errorf("got %d %q %q, want %d %q", typed.StatusCode, typed.Type, typed.Message, status, kind)
	}
	if id := typed.Response.Header.Get("X-Request-Id"); id == "" {
		t.Errorf("the request has no name: %v", typed.Response.Header)
	}
	conform(t, typed)
	return typed
}

func TestOpenAIErrors(t *testing.T) {
	t.Parallel()
	m := host(t)
	for _, test := range []struct {
		status  int
		kind    string
		retried bool
	}{
		{400, "invalid_request_error", false},
		{401, "invalid_request_error", false},
		{403, "invalid_request_error", false},
		{404, "invalid_request_error", false},
		{413, "invalid_request_error", false},
		{429, "requests", true},
		{500, "server_error", true},
		{503, "server_error", true},
	} {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			t.Parallel()
			w := always(fmt.Sprint("errors.", test.status))
			client := m.openai(t, "HTTP/2.0", w)
			_, err := client.Chat.Completions.New(bounded(t), chat(9))
			wantOpenAI(t, err, test.status, test.kind)
			if test.retried {
				w.expect(t, thrice(test.status)...)
			} else {
				w.expect(t, test.status)
			}
		})
	}
}

func TestOpenAIRefusals(t *testing.T) {
	t.Parallel()
	m := host(t, keys("test"))
	for _, test := range []struct {
		name, code string
		status     int
		call       func(*testing.T, openai.Client) error
	}{
		{"a wrong key", "invalid_api_key", 401, func(t *testing.T, c openai.Client) error {
			_, err := c.Chat.Completions.New(bounded(t), chat(9), option.WithAPIKey("wrong"))
			return err
		}},
		{"no tokens", "integer_below_min_value", 400, func(t *testing.T, c openai.Client) error {
			_, err := c.Chat.Completions.New(bounded(t), chat(0))
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &wire{}
			err := test.call(t, m.openai(t, "HTTP/2.0", w))
			if failed := wantOpenAI(t, err, test.status, "invalid_request_error"); failed.Code != test.code {
				t.Errorf("the code is %q in %s", failed.Code, failed.RawJSON())
			}
			w.expect(t, test.status)
		})
	}
}

// Nothing helps against a used-up quota, but the SDK retries any 429.
func TestOpenAIInsufficientQuota(t *testing.T) {
	t.Parallel()
	m, w := host(t, spend(0)), &wire{}
	client := m.openai(t, "HTTP/2.0", w)
	_, err := client.Chat.Completions.New(bounded(t), chat(9))
	if failed := wantOpenAI(t, err, 429, "insufficient_quota"); failed.Code != "insufficient_quota" {
		t.Errorf("the code is %q", failed.Code)
	}
	if after := w.last(t).got.Get("Retry-After"); after != "" {
		t.Errorf("it says that waiting %s s helps", after)
	}
	w.expect(t, thrice(429)...)
}

func TestOpenAIRetryAfter(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m := host(t, requests(0.25)) // far more to wait than an SDK would by itself
		first := m.openai(t, protocol, &wire{})
		if _, err := first.Chat.Completions.New(bounded(t), chat(9)); err != nil {
			t.Fatal(err)
		}
		w := &wire{}
		second := m.openai(t, protocol, w)
		if _, err := second.Chat.Completions.New(bounded(t), chat(9)); err != nil {
			t.Errorf("having waited as it was told: %v", err)
		}
		w.expect(t, 429, 200)
		waited(t, w)
	})
}

func TestOpenAIRecovers(t *testing.T) {
	t.Parallel()
	m := host(t)
	for _, test := range []struct {
		fault, protocol string
		attempts        []int
		err             string // where the SDK gives up
	}{
		{"errors.503", "HTTP/2.0", []int{503, 200}, ""},
		{"reset", "HTTP/1.1", []int{0, 200}, ""},
		{"reset", "HTTP/2.0", []int{0, 200}, ""},
		// Unlike the other SDK this one retries no answer that breaks off.
		{"truncate", "HTTP/1.1", []int{200}, "error reading response body"},
		{"content_length", "HTTP/2.0", []int{200}, "error reading response body"},
		{"malformed", "HTTP/2.0", []int{200}, "error parsing response json"},
		{"content_type", "HTTP/2.0", []int{200}, "content-type 'text/html'"},
	} {
		t.Run(test.fault+" "+test.protocol, func(t *testing.T) {
			t.Parallel()
			w := once(test.fault)
			client := m.openai(t, test.protocol, w)
			_, err := client.Chat.Completions.New(bounded(t), chat(9))
			if w.expect(t, test.attempts...); test.err == "" && err != nil || test.err != "" && (err == nil || !regexp.MustCompile(test.err).MatchString(err.Error())) {
				t.Errorf("got %v, want %q", err, test.err)
			}
			if typed := (*openai.Error)(nil); errors.As(err, &typed) {
				t.Errorf("the API said nothing, and yet %v", err)
			}
		})
	}
}

// An error inside a stream is an *ssestream.StreamError, not an *openai.Error.
func TestOpenAIStreamError(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m, w := host(t), always("stream_error")
		got := listen(t, m.openai(t, protocol, w), chat(64))
		var typed *ssestream.StreamError
		if !errors.As(got.err, &typed) || !strings.Contains(string(typed.Event.Data), `"error"`) || !strings.Contains(typed.Message, "message") {
			t.Errorf("got %v", got.err)
		}
		if got.finished || len(got.deltas) == 0 || len(got.deltas) == said {
			t.Errorf("before the error came %q", got.deltas)
		}
		w.expect(t, 200)
	})
}

// What is left of a stream without its end, as the SDK does not look for [DONE]:
// where the response ends properly, a finish reason that never came alone tells.
func TestOpenAIStreamCutShort(t *testing.T) {
	t.Parallel()
	m := host(t, resetMidBody)
	for _, test := range []struct {
		fault, protocol string
		seen            bool // by the SDK
	}{
		{"truncate_stream", "HTTP/1.1", false},
		{"truncate_stream", "HTTP/2.0", false},
		{"truncate", "HTTP/1.1", true},
		{"truncate", "HTTP/2.0", false},
		{"reset", "HTTP/1.1", true},
		{"reset", "HTTP/2.0", true},
	} {
		t.Run(test.fault+" "+test.protocol, func(t *testing.T) {
			t.Parallel()
			w := always(test.fault)
			got := listen(t, m.openai(t, test.protocol, w), chat(64))
			if (got.err != nil) != test.seen {
				t.Errorf("the SDK says %v", got.err)
			}
			if got.finished || len(got.deltas) == said || strings.Contains(w.last(t).body.String(), "[DONE]") {
				t.Errorf("a careful client is told it is whole: %q", got.deltas)
			}
			w.expect(t, 200)
		})
	}
}

// A stream that is truncated abruptly is an error, after the half of it that came whole.
func TestOpenAIStreamTruncatedAbruptly(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m, w := host(t, truncateAbruptly), always("truncate_stream")
		got := listen(t, m.openai(t, protocol, w), chat(64))
		wantPlain(t, got.err, brokenOff(protocol))
		if got.finished || len(got.deltas) < said/4 || len(got.deltas) > said*3/4 || strings.Contains(w.last(t).body.String(), "[DONE]") {
			t.Errorf("before the error came %q, finished: %v", got.deltas, got.finished)
		}
		w.expect(t, 200)
		if told := m.ledger(t); told.Faults["truncate_stream"] != 1 || told.Statuses["200"] != 1 || told.Gone != 0 {
			t.Errorf("the ledger has %v and %v", told.Faults, told.Statuses)
		}
	})
}
