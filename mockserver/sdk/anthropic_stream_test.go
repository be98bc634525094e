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

// followed is a stream to its end.
type followed struct {
	events  []anthropic.MessageStreamEventUnion
	message anthropic.Message
	// whole says that message_stop came.
	whole bool
	err   error
}

// follow reads a stream as the SDK's README does, and keeps an eye on its end.
func follow(t *testing.T, stream *ssestream.Stream[anthropic.MessageStreamEventUnion]) followed {
	t.Helper()
	defer stream.Close()
	var got followed
	for stream.Next() {
		event := stream.Current()
		got.events = append(got.events, event)
		got.whole = event.Type == "message_stop"
		if err := got.message.Accumulate(event); err != nil {
			t.Errorf("%s: %v", event.RawJSON(), err)
		}
	}
	got.err = stream.Err()
	return got
}

// deltas are the texts that came one by one.
func (f followed) deltas() []string {
	var texts []string
	for _, event := range f.events {
		if event.Type == "content_block_delta" {
			texts = append(texts, event.Delta.Text)
		}
	}
	return texts
}

func TestAnthropicStream(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m, w := host(t), &wire{}
		client := m.anthropic(t, protocol, w)
		got := follow(t, client.Messages.NewStreaming(bounded(t), ask(64)))
		if got.err != nil || !got.whole {
			t.Fatalf("whole %v, %v", got.whole, got.err)
		}
		for _, event := range got.events {
			conform(t, event)
		}
		want := []string{
			"message_start", "content_block_start", "ping", "content_block_delta", "content_block_stop", "message_delta", "message_stop",
		}
		if types := w.last(t).body.events(); !slices.Equal(types, want) {
			t.Errorf("the events are %v, want %v", types, want)
		}
		if kind := w.last(t).got.Get("Content-Type"); kind != "text/event-stream; charset=utf-8" {
			t.Errorf("the stream is %q", kind)
		}
		if texts := got.deltas(); len(texts) != said || strings.Join(texts, "") != text(got.message) {
			t.Errorf("%q became %q", texts, text(got.message))
		}
		var kept struct{ Content []struct{ Text string } }
		if err := json.Unmarshal([]byte(got.message.RawJSON()), &kept); err != nil || len(kept.Content) != 1 || kept.Content[0].Text != text(got.message) {
			t.Errorf("the message accumulated is %s, %v", got.message.RawJSON(), err)
		}
		if u := got.message.Usage; u.OutputTokens != said || u.InputTokens < 1 || got.message.StopReason != anthropic.StopReasonEndTurn {
			t.Errorf("it stopped by %q and was billed %+v", got.message.StopReason, u)
		}
		w.expect(t, 200)
	})
}

// An error that comes after a 200 is typed, and nothing is retried: the SDK
// cannot take back what it handed on.
func TestAnthropicStreamError(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m, w := host(t), always("stream_error")
		client := m.anthropic(t, protocol, w)
		got := follow(t, client.Messages.NewStreaming(bounded(t), ask(64)))
		failed := wantError(t, got.err, 200, anthropic.ErrorTypeOverloadedError)
		if failed.RequestID == "" || failed.RequestID != w.last(t).got.Get("Request-Id") {
			t.Errorf("the request is %q", failed.RequestID)
		}
		if got.whole || len(got.deltas()) == 0 || len(got.deltas()) == said {
			t.Errorf("before the error came %q", got.deltas())
		}
		w.expect(t, 200)
	})
}

// What is left of a stream without its end. The SDK ends a stream that a
// response ends properly without an error, whatever is missing: there, and on
// HTTP/2 where a cut looks the same, message_stop alone tells.
func TestAnthropicStreamCutShort(t *testing.T) {
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
			client := m.anthropic(t, test.protocol, w)
			got := follow(t, client.Messages.NewStreaming(bounded(t), ask(64)))
			if (got.err != nil) != test.seen {
				t.Errorf("the SDK says %v", got.err)
			}
			if typed := (*anthropic.Error)(nil); errors.As(got.err, &typed) {
				t.Errorf("the API said nothing, and yet %v", got.err)
			}
			if got.whole || got.message.StopReason != "" || len(got.events) == 0 || len(got.deltas()) == said {
				t.Errorf("a careful client is told it is whole: %v, %q, %q", got.whole, got.message.StopReason, got.deltas())
			}
			w.expect(t, 200)
		})
	}
}

// A stream that is truncated abruptly is an error, after the half of it that came whole.
func TestAnthropicStreamTruncatedAbruptly(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m, w := host(t, truncateAbruptly), always("truncate_stream")
		client := m.anthropic(t, protocol, w)
		got := follow(t, client.Messages.NewStreaming(bounded(t), ask(64)))
		wantPlain(t, got.err, brokenOff(protocol))
		if deltas := len(got.deltas()); got.whole || got.message.StopReason != "" || deltas < said/4 || deltas > said*3/4 {
			t.Errorf("before the error came %q, %q, whole: %v", got.deltas(), got.message.StopReason, got.whole)
		}
		w.expect(t, 200)
		if told := m.ledger(t); told.Faults["truncate_stream"] != 1 || told.Statuses["200"] != 1 || told.Gone != 0 {
			t.Errorf("the ledger has %v and %v", told.Faults, told.Statuses)
		}
	})
}

func TestAnthropicStreamSpoilt(t *testing.T) {
	t.Parallel()
	m := host(t)
	for _, test := range []struct{ fault, err string }{
		{"malformed", "invalid character|unexpected end of JSON"},
		{"content_type", ""}, // the SDK reads a stream whatever it is declared to be
	} {
		t.Run(test.fault, func(t *testing.T) {
			w := always(test.fault)
			client := m.anthropic(t, "HTTP/2.0", w)
			got := follow(t, client.Messages.NewStreaming(bounded(t), ask(64)))
			if w.expect(t, 200); test.err == "" {
				if got.err != nil || !got.whole {
					t.Errorf("whole %v, %v", got.whole, got.err)
				}
				return
			}
			wantPlain(t, got.err, test.err)
		})
	}
}
