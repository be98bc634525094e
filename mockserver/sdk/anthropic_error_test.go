package sdk_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/option"
)

// wantError checks that err is the SDK's typed error with a status and type, and returns it.
func wantError(t *testing.T, err error, status int, kind anthropic.ErrorType) *anthropic.Error {
	t.Helper()
	var typed *anthropic.Error
	if !errors.As(err, &typed) {
		t.Fatalf("got %v, want an *anthropic.Error of %d", err, status)
	}
	if typed.StatusCode != status || typed.Type() != kind || typed.Message == "" {
		t.Errorf("got %d %q %q, want %d %q", typed.StatusCode, typed.Type(), typed.Message, status, kind)
	}
	if !strings.HasPrefix(typed.RequestID, "req_") {
		t.Errorf("the request ID is %q", typed.RequestID)
	}
	var body anthropic.ErrorResponse
	if err := json.Unmarshal([]byte(typed.RawJSON()), &body); err != nil || body.RequestID != typed.RequestID {
		t.Errorf("the body is %s, %v", typed.RawJSON(), err)
	}
	return typed
}

// wantNonAPIError checks that err is an error of the SDK or its transport, not of the API.
func wantNonAPIError(t *testing.T, err error, pattern string) {
	t.Helper()
	if typed := (*anthropic.Error)(nil); err == nil || errors.As(err, &typed) || !regexp.MustCompile(pattern).MatchString(err.Error()) {
		t.Errorf("got %v, want %s", err, pattern)
	}
}

func TestAnthropicErrors(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for _, test := range []struct {
		status  int
		kind    anthropic.ErrorType
		retried bool
	}{
		{400, anthropic.ErrorTypeInvalidRequestError, false},
		{401, anthropic.ErrorTypeAuthenticationError, false},
		{402, anthropic.ErrorTypeBillingError, false},
		{403, anthropic.ErrorTypePermissionError, false},
		{404, anthropic.ErrorTypeNotFoundError, false},
		{409, anthropic.ErrorTypeConflictError, true},
		{413, "request_too_large", false}, // the SDK has no constant for it
		{429, anthropic.ErrorTypeRateLimitError, true},
		{500, anthropic.ErrorTypeAPIError, true},
		{504, anthropic.ErrorTypeTimeoutError, true},
		{529, anthropic.ErrorTypeOverloadedError, true},
	} {
		attempts := []int{test.status}
		if test.retried {
			attempts = threeTimes(test.status)
		}
		for how, call := range map[string]func(*testing.T, anthropic.Client) error{
			"create": func(t *testing.T, client anthropic.Client) error {
				_, err := client.Messages.New(testContext(t), question(9))
				return err
			},
			"stream": func(t *testing.T, client anthropic.Client) error {
				return readStream(t, client.Messages.NewStreaming(testContext(t), question(9))).err
			},
		} {
			t.Run(fmt.Sprint(test.status, " ", how), func(t *testing.T) {
				t.Parallel()
				w := faultAlways(fmt.Sprint("errors.", test.status))
				err := call(t, m.anthropic(t, "HTTP/2.0", w))
				wantError(t, err, test.status, test.kind)
				w.expect(t, attempts...)
			})
		}
	}
}

func TestAnthropicRefusals(t *testing.T) {
	t.Parallel()
	m := newMock(t, acceptKeys("test"))
	for _, test := range []struct {
		name   string
		status int
		kind   anthropic.ErrorType
		call   func(*testing.T, anthropic.Client) error
	}{
		{"a wrong key", 401, anthropic.ErrorTypeAuthenticationError, func(t *testing.T, c anthropic.Client) error {
			_, err := c.Messages.New(testContext(t), question(9), option.WithAPIKey("wrong"))
			return err
		}},
		{"no messages", 400, anthropic.ErrorTypeInvalidRequestError, func(t *testing.T, c anthropic.Client) error {
			_, err := c.Messages.New(testContext(t), anthropic.MessageNewParams{Model: model, MaxTokens: 9, Messages: []anthropic.MessageParam{}})
			return err
		}},
		{"no max_tokens", 400, anthropic.ErrorTypeInvalidRequestError, func(t *testing.T, c anthropic.Client) error {
			_, err := c.Messages.New(testContext(t), question(9), option.WithJSONDel("max_tokens"))
			return err
		}},
		{"no such batch", 404, anthropic.ErrorTypeNotFoundError, func(t *testing.T, c anthropic.Client) error {
			_, err := c.Messages.Batches.Get(testContext(t), "msgbatch_none", anthropic.MessageBatchGetParams{})
			return err
		}},
		{"no such path", 404, anthropic.ErrorTypeNotFoundError, func(t *testing.T, c anthropic.Client) error {
			return c.Get(testContext(t), "v1/messages/none", nil, nil)
		}},
		{"a body over 32 MB", 413, "request_too_large", func(t *testing.T, c anthropic.Client) error {
			params := question(9)
			params.System = []anthropic.TextBlockParam{{Text: strings.Repeat("heavy ", 6<<20)}}
			_, err := c.Messages.New(testContext(t), params)
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &recorder{}
			err := test.call(t, m.anthropic(t, "HTTP/2.0", w))
			wantError(t, err, test.status, test.kind)
			w.expect(t, test.status)
		})
	}
}

// Retrying a spend limit is futile, but the SDK retries every 429.
func TestAnthropicSpendLimit(t *testing.T) {
	t.Parallel()
	m, w := newMock(t, limitSpend(0)), &recorder{}
	client := m.anthropic(t, "HTTP/2.0", w)
	_, err := client.Messages.New(testContext(t), question(9))
	failed := wantError(t, err, 429, anthropic.ErrorTypeRateLimitError)
	if code := failed.ErrorCode(); code != anthropic.ErrorCodeEnforcedSpendLimitReached {
		t.Errorf("the code is %q in %s", code, failed.RawJSON())
	}
	if after := w.last(t).got.Get("Retry-After"); after != "" {
		t.Errorf("Retry-After is %s", after)
	}
	w.expect(t, threeTimes(429)...)
}

// Broken answers, and how often the SDK retries them.
func TestAnthropicBrokenAnswers(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for _, test := range []struct {
		fault, protocol string
		attempts        []int
		err             string
	}{
		{"malformed", "HTTP/1.1", []int{200}, "error parsing response json"},
		{"malformed", "HTTP/2.0", []int{200}, "error parsing response json"},
		{"content_type", "HTTP/2.0", []int{200}, "content-type 'text/html'"},
		{"content_length", "HTTP/1.1", threeTimes(200), "error reading response body"},
		{"content_length", "HTTP/2.0", threeTimes(200), "error reading response body"},
		{"truncate", "HTTP/1.1", threeTimes(200), "error reading response body"},
		{"truncate", "HTTP/2.0", threeTimes(200), "error reading response body"},
		{"reset", "HTTP/1.1", threeTimes(0), "EOF|reset"},
		{"reset", "HTTP/2.0", threeTimes(0), "INTERNAL_ERROR"},
		{"rst_stream", "HTTP/2.0", threeTimes(0), "INTERNAL_ERROR"},
	} {
		t.Run(test.fault+" "+test.protocol, func(t *testing.T) {
			t.Parallel()
			w := faultAlways(test.fault)
			client := m.anthropic(t, test.protocol, w)
			_, err := client.Messages.New(testContext(t), question(9))
			wantNonAPIError(t, err, test.err)
			if lost := (*url.Error)(nil); test.attempts[0] == 0 && !errors.As(err, &lost) {
				t.Errorf("a lost connection is %T", err)
			}
			w.expect(t, test.attempts...)
		})
	}
}
