package sdk_test

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go/v2"
	"github.com/anthropics/anthropic-sdk-go/v2/packages/ssestream"
)

// streamResult holds everything that the SDK read from a stream.
type streamResult struct {
	events  []anthropic.MessageStreamEventUnion
	message anthropic.Message
	// complete says that message_stop was received.
	complete bool
	err      error
}

// readStream reads a stream as in the SDK's README, and also notes whether it is complete.
func readStream(t *testing.T, stream *ssestream.Stream[anthropic.MessageStreamEventUnion]) streamResult {
	t.Helper()
	defer stream.Close()
	var got streamResult
	for stream.Next() {
		event := stream.Current()
		got.events = append(got.events, event)
		got.complete = event.Type == "message_stop"
		if err := got.message.Accumulate(event); err != nil {
			t.Errorf("%s: %v", event.RawJSON(), err)
		}
	}
	got.err = stream.Err()
	return got
}

// deltas returns the texts of the deltas.
func (f streamResult) deltas() []string {
	var texts []string
	for _, event := range f.events {
		if event.Type == "content_block_delta" {
			texts = append(texts, event.Delta.Text)
		}
	}
	return texts
}

func TestAnthropicStream(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t), &recorder{}
		client := m.anthropic(t, protocol, w)
		got := readStream(t, client.Messages.NewStreaming(testContext(t), question(64)))
		if got.err != nil || !got.complete {
			t.Fatalf("complete %v, %v", got.complete, got.err)
		}
		for _, event := range got.events {
			checkConformance(t, event)
		}
		want := []string{
			"message_start", "content_block_start", "ping", "content_block_delta", "content_block_stop", "message_delta", "message_stop",
		}
		if types := w.last(t).body.events(); !slices.Equal(types, want) {
			t.Errorf("the events are %v, want %v", types, want)
		}
		if kind := w.last(t).got.Get("Content-Type"); kind != "text/event-stream; charset=utf-8" {
			t.Errorf("the content type is %q", kind)
		}
		if texts := got.deltas(); len(texts) != outputTokens || strings.Join(texts, "") != textOf(got.message) {
			t.Errorf("%q became %q", texts, textOf(got.message))
		}
		var kept struct{ Content []struct{ Text string } }
		if err := json.Unmarshal([]byte(got.message.RawJSON()), &kept); err != nil || len(kept.Content) != 1 || kept.Content[0].Text != textOf(got.message) {
			t.Errorf("the accumulated message is %s, %v", got.message.RawJSON(), err)
		}
		if u := got.message.Usage; u.OutputTokens != outputTokens || u.InputTokens < 1 || got.message.StopReason != anthropic.StopReasonEndTurn {
			t.Errorf("the stop reason is %q, the usage %+v", got.message.StopReason, u)
		}
		w.expect(t, 200)
	})
}

// An error after a 200 is typed, and is not retried, since the SDK has already delivered
// events.
func TestAnthropicStreamError(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t), faultAlways("stream_error")
		client := m.anthropic(t, protocol, w)
		got := readStream(t, client.Messages.NewStreaming(testContext(t), question(64)))
		failed := wantError(t, got.err, 200, anthropic.ErrorTypeOverloadedError)
		if failed.RequestID == "" || failed.RequestID != w.last(t).got.Get("Request-Id") {
			t.Errorf("the request ID is %q", failed.RequestID)
		}
		if got.complete || len(got.deltas()) == 0 || len(got.deltas()) == outputTokens {
			t.Errorf("before the error came %q", got.deltas())
		}
		w.expect(t, 200)
	})
}

// Streams without their end. If the HTTP message ends properly, the SDK reports no error,
// whatever is missing. In this case, and on HTTP/2 with truncate, which looks the same,
// only the missing message_stop shows that the stream is incomplete.
func TestAnthropicIncompleteStream(t *testing.T) {
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
			client := m.anthropic(t, test.protocol, w)
			got := readStream(t, client.Messages.NewStreaming(testContext(t), question(64)))
			if (got.err != nil) != test.detected {
				t.Errorf("the SDK's error is %v", got.err)
			}
			if typed := (*anthropic.Error)(nil); errors.As(got.err, &typed) {
				t.Errorf("an error of the API: %v", got.err)
			}
			if got.complete || got.message.StopReason != "" || len(got.events) == 0 || len(got.deltas()) == outputTokens {
				t.Errorf("the stream looks complete: %v, %q, %q", got.complete, got.message.StopReason, got.deltas())
			}
			w.expect(t, 200)
		})
	}
}

// An abruptly truncated stream is an error, after about half of its events.
func TestAnthropicStreamTruncatedAbruptly(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m, w := newMock(t, truncateAbruptly), faultAlways("truncate_stream")
		client := m.anthropic(t, protocol, w)
		got := readStream(t, client.Messages.NewStreaming(testContext(t), question(64)))
		wantNonAPIError(t, got.err, abruptEndError(protocol))
		if deltas := len(got.deltas()); got.complete || got.message.StopReason != "" || deltas < outputTokens/4 || deltas > outputTokens*3/4 {
			t.Errorf("before the error came %q, %q, complete: %v", got.deltas(), got.message.StopReason, got.complete)
		}
		w.expect(t, 200)
		if counts := m.ledger(t); counts.Faults["truncate_stream"] != 1 || counts.Statuses["200"] != 1 || counts.Gone != 0 {
			t.Errorf("the ledger has %v and %v", counts.Faults, counts.Statuses)
		}
	})
}

func TestAnthropicBrokenStream(t *testing.T) {
	t.Parallel()
	m := newMock(t)
	for _, test := range []struct{ fault, err string }{
		{"malformed", "invalid character|unexpected end of JSON"},
		{"content_type", ""}, // the SDK ignores the Content-Type of streams
	} {
		t.Run(test.fault, func(t *testing.T) {
			w := faultAlways(test.fault)
			client := m.anthropic(t, "HTTP/2.0", w)
			got := readStream(t, client.Messages.NewStreaming(testContext(t), question(64)))
			if w.expect(t, 200); test.err == "" {
				if got.err != nil || !got.complete {
					t.Errorf("complete %v, %v", got.complete, got.err)
				}
				return
			}
			wantNonAPIError(t, got.err, test.err)
		})
	}
}
