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

// wantError is err as the SDK's typed error, with that status and type.
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
		t.Errorf("the request is %q", typed.RequestID)
	}
	var body anthropic.ErrorResponse
	if err := json.Unmarshal([]byte(typed.RawJSON()), &body); err != nil || body.RequestID != typed.RequestID {
		t.Errorf("the body is %s, %v", typed.RawJSON(), err)
	}
	return typed
}

// wantPlain checks that err is the SDK's or its transport's own, and not the API's.
func wantPlain(t *testing.T, err error, pattern string) {
	t.Helper()
	if typed := (*anthropic.Error)(nil); err == nil || errors.As(err, &typed) || !regexp.MustCompile(pattern).MatchString(err.Error()) {
		t.Errorf("got %v, want %s", err, pattern)
	}
}

func TestAnthropicErrors(t *testing.T) {
	t.Parallel()
	m := host(t)
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
		{413, "request_too_large", false}, // which the SDK has no name for
		{429, anthropic.ErrorTypeRateLimitError, true},
		{500, anthropic.ErrorTypeAPIError, true},
		{504, anthropic.ErrorTypeTimeoutError, true},
		{529, anthropic.ErrorTypeOverloadedError, true},
	} {
		attempts := []int{test.status}
		if test.retried {
			attempts = thrice(test.status)
		}
		for how, call := range map[string]func(*testing.T, anthropic.Client) error{
			"create": func(t *testing.T, client anthropic.Client) error {
				_, err := client.Messages.New(bounded(t), ask(9))
				return err
			},
			"stream": func(t *testing.T, client anthropic.Client) error {
				return follow(t, client.Messages.NewStreaming(bounded(t), ask(9))).err
			},
		} {
			t.Run(fmt.Sprint(test.status, " ", how), func(t *testing.T) {
				t.Parallel()
				w := always(fmt.Sprint("errors.", test.status))
				err := call(t, m.anthropic(t, "HTTP/2.0", w))
				wantError(t, err, test.status, test.kind)
				w.expect(t, attempts...)
			})
		}
	}
}

func TestAnthropicRefusals(t *testing.T) {
	t.Parallel()
	m := host(t, keys("test"))
	for _, test := range []struct {
		name   string
		status int
		kind   anthropic.ErrorType
		call   func(*testing.T, anthropic.Client) error
	}{
		{"a wrong key", 401, anthropic.ErrorTypeAuthenticationError, func(t *testing.T, c anthropic.Client) error {
			_, err := c.Messages.New(bounded(t), ask(9), option.WithAPIKey("wrong"))
			return err
		}},
		{"no messages", 400, anthropic.ErrorTypeInvalidRequestError, func(t *testing.T, c anthropic.Client) error {
			_, err := c.Messages.New(bounded(t), anthropic.MessageNewParams{Model: model, MaxTokens: 9, Messages: []anthropic.MessageParam{}})
			return err
		}},
		{"no max_tokens", 400, anthropic.ErrorTypeInvalidRequestError, func(t *testing.T, c anthropic.Client) error {
			_, err := c.Messages.New(bounded(t), ask(9), option.WithJSONDel("max_tokens"))
			return err
		}},
		{"no such batch", 404, anthropic.ErrorTypeNotFoundError, func(t *testing.T, c anthropic.Client) error {
			_, err := c.Messages.Batches.Get(bounded(t), "msgbatch_none", anthropic.MessageBatchGetParams{})
			return err
		}},
		{"no such path", 404, anthropic.ErrorTypeNotFoundError, func(t *testing.T, c anthropic.Client) error {
			return c.Get(bounded(t), "v1/messages/none", nil, nil)
		}},
		{"a body over 32 MB", 413, "request_too_large", func(t *testing.T, c anthropic.Client) error {
			params := ask(9)
			params.System = []anthropic.TextBlockParam{{Text: strings.Repeat("heavy ", 6<<20)}}
			_, err := c.Messages.New(bounded(t), params)
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := &wire{}
			err := test.call(t, m.anthropic(t, "HTTP/2.0", w))
			wantError(t, err, test.status, test.kind)
			w.expect(t, test.status)
		})
	}
}

// Nothing helps against a spent limit, but the SDK retries any 429.
func TestAnthropicSpendLimit(t *testing.T) {
	t.Parallel()
	m, w := host(t, spend(0)), &wire{}
	client := m.anthropic(t, "HTTP/2.0", w)
	_, err := client.Messages.New(bounded(t), ask(9))
	failed := wantError(t, err, 429, anthropic.ErrorTypeRateLimitError)
	if code := failed.ErrorCode(); code != anthropic.ErrorCodeEnforcedSpendLimitReached {
		t.Errorf("the code is %q in %s", code, failed.RawJSON())
	}
	if after := w.last(t).got.Get("Retry-After"); after != "" {
		t.Errorf("it says that waiting %s s helps", after)
	}
	w.expect(t, thrice(429)...)
}

// Answers that are none, and how often the SDK asks for another.
func TestAnthropicAnswersSpoilt(t *testing.T) {
	t.Parallel()
	m := host(t)
	for _, test := range []struct {
		fault, protocol string
		attempts        []int
		err             string
	}{
		{"malformed", "HTTP/1.1", []int{200}, "error parsing response json"},
		{"malformed", "HTTP/2.0", []int{200}, "error parsing response json"},
		{"content_type", "HTTP/2.0", []int{200}, "content-type 'text/html'"},
		{"content_length", "HTTP/1.1", thrice(200), "error reading response body"},
		{"content_length", "HTTP/2.0", thrice(200), "error reading response body"},
		{"truncate", "HTTP/1.1", thrice(200), "error reading response body"},
		{"truncate", "HTTP/2.0", thrice(200), "error reading response body"},
		{"reset", "HTTP/1.1", thrice(0), "EOF|reset"},
		{"reset", "HTTP/2.0", thrice(0), "INTERNAL_ERROR"},
		{"rst_stream", "HTTP/2.0", thrice(0), "INTERNAL_ERROR"},
	} {
		t.Run(test.fault+" "+test.protocol, func(t *testing.T) {
			t.Parallel()
			w := always(test.fault)
			client := m.anthropic(t, test.protocol, w)
			_, err := client.Messages.New(bounded(t), ask(9))
			wantPlain(t, err, test.err)
			if lost := (*url.Error)(nil); test.attempts[0] == 0 && !errors.As(err, &lost) {
				t.Errorf("a lost connection is %T", err)
			}
			w.expect(t, test.attempts...)
		})
	}
}
