package sdk_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go/v2/option"
)

// maxFirstBackoff is the longest time that the SDKs wait before the first retry without Retry-After.
const maxFirstBackoff = 500 * time.Millisecond

// expectWaited checks that the second attempt came no sooner than Retry-After-Ms of the
// first answer said, and that this is longer than the SDK waits by default.
func expectWaited(t *testing.T, w *recorder) {
	t.Helper()
	seen := w.recorded()
	if len(seen) != 2 {
		t.Fatalf("%d attempts", len(seen))
	}
	ms, err := strconv.ParseInt(seen[0].got.Get("Retry-After-Ms"), 10, 64)
	wait := time.Duration(ms) * time.Millisecond
	if err != nil || wait <= maxFirstBackoff {
		t.Fatalf("Retry-After-Ms is %v, %v, which is too short for this test", wait, err)
	}
	if seconds, err := strconv.ParseInt(seen[0].got.Get("Retry-After"), 10, 64); err != nil || time.Duration(seconds)*time.Second < wait {
		t.Errorf("Retry-After is %d s, %v, less than %v", seconds, err, wait)
	}
	if paused := seen[1].began.Sub(seen[0].ended); paused < wait {
		t.Errorf("with Retry-After-Ms of %v it waited %v", wait, paused)
	}
}

func TestAnthropicRetryAfter(t *testing.T) {
	overBothProtocols(t, func(t *testing.T, protocol string) {
		m := newMock(t, limitRequests(0.25)) // a much longer wait than the SDK's default
		first := m.anthropic(t, protocol, &recorder{})
		if _, err := first.Messages.New(testContext(t), question(9)); err != nil {
			t.Fatal(err)
		}
		w := &recorder{}
		second := m.anthropic(t, protocol, w)
		if _, err := second.Messages.New(testContext(t), question(9)); err != nil {
			t.Errorf("after the wait: %v", err)
		}
		w.expect(t, 429, 200)
		expectWaited(t, w)
		if counts := m.ledger(t); counts.Attempts != 3 || counts.Statuses["429"] != 1 || counts.Statuses["200"] != 2 || counts.Faults["limit"] != 1 {
			t.Errorf("the ledger has %d attempts, %v and %v", counts.Attempts, counts.Statuses, counts.Faults)
		}
	})
}

// Retry-After in seconds, without Retry-After-Ms, as from the real API.
func TestAnthropicRetryAfterSeconds(t *testing.T) {
	t.Parallel()
	m, w := newMock(t, retryAfter(429, "1")), faultOnce("errors.429")
	client := m.anthropic(t, "HTTP/2.0", w)
	if _, err := client.Messages.New(testContext(t), question(9)); err != nil {
		t.Fatal(err)
	}
	w.expect(t, 429, 200)
	if seen := w.recorded(); seen[1].began.Sub(seen[0].ended) < time.Second {
		t.Errorf("it waited %v", seen[1].began.Sub(seen[0].ended))
	}
}

func TestAnthropicRetriesSucceed(t *testing.T) {
	t.Parallel()
	m := newMock(t, delayAMinute)
	for _, test := range []struct {
		fault, protocol string
		first           int
	}{
		{"errors.408", "HTTP/2.0", 408},
		{"errors.409", "HTTP/2.0", 409},
		{"errors.500", "HTTP/1.1", 500},
		{"errors.529", "HTTP/2.0", 529},
		{"reset", "HTTP/1.1", 0},
		{"reset", "HTTP/2.0", 0},
		{"rst_stream", "HTTP/2.0", 0},
		{"content_length", "HTTP/1.1", 200},
		{"truncate", "HTTP/2.0", 200},
		{"goaway, errors.529", "HTTP/2.0", 529},
		{"delay", "HTTP/2.0", 0}, // longer than the timeout
	} {
		t.Run(test.fault+" "+test.protocol, func(t *testing.T) {
			t.Parallel()
			w := faultOnce(test.fault)
			client := m.anthropic(t, test.protocol, w)
			var options []option.RequestOption
			if test.fault == "delay" {
				options = append(options, option.WithRequestTimeout(4*time.Second))
			}
			message, err := client.Messages.New(testContext(t), question(9), options...)
			if err != nil || textOf(*message) == "" {
				t.Errorf("got %v, %v", message, err)
			}
			w.expect(t, test.first, 200)
		})
	}
}

// Go's transport immediately retries a stream that was refused as not processed; the SDK
// does not notice.
func TestAnthropicRefusedStreamIsRetriedByTheTransport(t *testing.T) {
	t.Parallel()
	m, w := newMock(t, refuseFirst), &recorder{}
	client := m.anthropic(t, "HTTP/2.0", w)
	if _, err := client.Messages.New(testContext(t), question(9)); err != nil {
		t.Fatal(err)
	}
	w.expect(t, 200)
	if counts := m.ledger(t); counts.Attempts != 2 || counts.Faults["refused_stream"] != 1 || counts.Dropped != 1 {
		t.Errorf("the ledger has %d attempts, %v", counts.Attempts, counts.Faults)
	}
}
