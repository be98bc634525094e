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

// wantOpenAI checks that err is the SDK's typed error with a status and type, and returns it.
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
		t.Errorf("there is no request ID: %v", typed.Response.Header)
	}
	checkConformance(t, typed)
	return typed
}

func TestOpenAIErrors(t *testing.T) {
	t.Parallel()
	m := newMock(t)
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
			w := faultAlways(fmt.Sprint("errors.", test.status))
			client := m.openai(t, "HTTP/2.0", w)
			_, err := client.Chat.Completions.New(testContext(t), chatParams(9))
			wantOpenAI(t, err, test.status, test.kind)
			if test.retried {
				w.expect(t, threeTimes(test.status)...)
			} else {
				w.expect(t, test.status)
			}
		})
	}
}

func TestOpenAIRefusals(t *testing.T) {
	t.Parallel()
	m := newMock(t, acceptKeys("test"))
	for _, test := range []struct {
		name, code string
		status     int
		call       func(*testing.T, openai.Client) error
	}{
		{"a wrong key", "invalid_api_key", 401, func(t *testing.T, c openai.Client) error {
			_, err := c.Chat.Completions.New(testContext(t), chatParams(9), option.WithAPIKey("wrong"))
			return err
		}},
		{"no tokens", "integer_below_min_value", 400, func(t *testing.T, c openai.Client) error {
			_, err := c.Chat.Completions.New(testContext(t), chatParams(0))
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &recorder{}
			err := test.call(t, m.openai(t, "HTTP/2.0", w))
			if failed := wantOpenAI(t, err, test.status, "invalid_request_error"); failed.Code != test.code {
				t.Errorf("the code is %q in %s", failed.Code, failed.RawJSON())
			}
			w.expect(t, test.status)
		})
	}
}

// Retrying an exceeded quota is futile, but the SDK retries every 429.
func TestOpenAIInsufficientQuota(t *testing.T) {
	t.Parallel()
	m, w := newMock(t, limitSpend(0)), &recorder{}
	client := m.openai(t, "HTTP/2.0", w)
	_, err := client.Chat.Completions.New(testContext(t), chatParams(9))
	if failed := wantOpenAI(t, err, 429, "insufficient_quota"); failed.Code != "insufficient_quota" {
		t.Errorf("the code is %q", failed.Code)
	}
	if after := w.last(t).got.Get("Retry-After"); after != "" {
		t.Errorf("Retry-After is %s", after)
	}
	w.expect(t, threeTimes(429)...)
}

func TestOpenAIRetryAfter(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m := newMock(t, limitRequests(0.25)) // a much longer wait than the SDK's default
		first := m.openai(t, protocol, &recorder{})
		if _, err := first.Chat.Completions.New(testContext(t), chatParams(9)); err != nil {
			t.Fatal(err)
		}
		w := &recorder{}
		second := m.openai(t, protocol, w)
		if _, err := second.Chat.Completions.New(testContext(t), chatParams(9)); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		w.expect(t, 429, 200)
		expectWaited(t, w)
	})
}

func TestOpenAIRetries(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for _, test := range []struct {
		fault, protocol string
		attempts        []int
		err             string // if the SDK does not retry
	}{
		{"errors.503", "HTTP/2.0", []int{503, 200}, ""},
		{"reset", "HTTP/1.1", []int{0, 200}, ""},
		{"reset", "HTTP/2.0", []int{0, 200}, ""},
		// Unlike the other SDK, this one does not retry incomplete answers.
		{"truncate", "HTTP/1.1", []int{200}, "error reading response body"},
		{"content_length", "HTTP/2.0", []int{200}, "error reading response body"},
		{"malformed", "HTTP/2.0", []int{200}, "error parsing response json"},
		{"content_type", "HTTP/2.0", []int{200}, "content-type 'text/html'"},
	} {
		t.Run(test.fault+" "+test.protocol, func(t *testing.T) {
			t.Parallel()
			w := faultOnce(test.fault)
			client := m.openai(t, test.protocol, w)
			_, err := client.Chat.Completions.New(testContext(t), chatParams(9))
			if w.expect(t, test.attempts...); test.err == "" && err != nil || test.err != "" && (err == nil || !regexp.MustCompile(test.err).MatchString(err.Error())) {
				t.Errorf("got %v, want %q", err, test.err)
			}
			if typed := (*openai.Error)(nil); errors.As(err, &typed) {
				t.Errorf("an error of the API: %v", err)
			}
		})
	}
}

// An error inside a stream is an *ssestream.StreamError, not an *openai.Error.
func TestOpenAIStreamError(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t), faultAlways("stream_error")
		got := readChatStream(t, m.openai(t, protocol, w), chatParams(64))
		var typed *ssestream.StreamError
		if !errors.As(got.err, &typed) || !strings.Contains(string(typed.Event.Data), `"error"`) || !strings.Contains(typed.Message, "message") {
			t.Errorf("got %v", got.err)
		}
		if got.finished || len(got.deltas) == 0 || len(got.deltas) == outputTokens {
			t.Errorf("before the error came %q", got.deltas)
		}
		w.expect(t, 200)
	})
}

// Streams without their end. The SDK does not check for [DONE]: if the HTTP message ends
// properly, only the missing finish reason shows that the stream is incomplete.
func TestOpenAIIncompleteStream(t *testing.T) {
	t.Parallel()
	m := newMock(t, resetMidBody)
	for _, test := range []struct {
		fault, protocol string
		detected        bool // by the SDK
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
			w := faultAlways(test.fault)
			got := readChatStream(t, m.openai(t, test.protocol, w), chatParams(64))
			if (got.err != nil) != test.detected {
				t.Errorf("the SDK's error is %v", got.err)
			}
			if got.finished || len(got.deltas) == outputTokens || strings.Contains(w.last(t).body.String(), "[DONE]") {
				t.Errorf("the stream looks complete: %q", got.deltas)
			}
			w.expect(t, 200)
		})
	}
}

// An abruptly truncated stream is an error, after about half of its events.
func TestOpenAIStreamTruncatedAbruptly(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t, truncateAbruptly), faultAlways("truncate_stream")
		got := readChatStream(t, m.openai(t, protocol, w), chatParams(64))
		wantNonAPIError(t, got.err, abruptEndError(protocol))
		if got.finished || len(got.deltas) < outputTokens/4 || len(got.deltas) > outputTokens*3/4 || strings.Contains(w.last(t).body.String(), "[DONE]") {
			t.Errorf("before the error came %q, finished: %v", got.deltas, got.finished)
		}
		w.expect(t, 200)
		if counts := m.ledger(t); counts.Faults["truncate_stream"] != 1 || counts.Statuses["200"] != 1 || counts.Gone != 0 {
			t.Errorf("the ledger has %v and %v", counts.Faults, counts.Statuses)
		}
	})
}
