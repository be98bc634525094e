package sdk_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/anthropics/anthropic-sdk-go/v2/option"
)

// longestBackoff is what the SDKs wait before their first retry, at most, when
// they are told nothing.
const longestBackoff = 500 * time.Millisecond

// waited checks that the second attempt came no sooner than the first's answer
// told, and that this was not the SDK's own idea.
func waited(t *testing.T, w *wire) {
	t.Helper()
	seen := w.seen()
	if len(seen) != 2 {
		t.Fatalf("%d attempts", len(seen))
	}
	told, err := strconv.ParseInt(seen[0].got.Get("Retry-After-Ms"), 10, 64)
	wait := time.Duration(told) * time.Millisecond
	if err != nil || wait <= longestBackoff {
		t.Fatalf("the mock told to wait %v, %v, which proves nothing", wait, err)
	}
	if seconds, err := strconv.ParseInt(seen[0].got.Get("Retry-After"), 10, 64); err != nil || time.Duration(seconds)*time.Second < wait {
		t.Errorf("Retry-After is %d s, %v, under %v", seconds, err, wait)
	}
	if paused := seen[1].began.Sub(seen[0].ended); paused < wait {
		t.Errorf("told to wait %v it waited %v", wait, paused)
	}
}

func TestAnthropicRetryAfter(t *testing.T) {
	both(t, func(t *testing.T, protocol string) {
		m := host(t, requests(0.25)) // far more to wait than an SDK would by itself
		first := m.anthropic(t, protocol, &wire{})
		if _, err := first.Messages.New(bounded(t), ask(9)); err != nil {
			t.Fatal(err)
		}
		w := &wire{}
		second := m.anthropic(t, protocol, w)
		if _, err := second.Messages.New(bounded(t), ask(9)); err != nil {
			t.Errorf("having waited as it was told: %v", err)
		}
		w.expect(t, 429, 200)
		waited(t, w)
		if told := m.ledger(t); told.Attempts != 3 || told.Statuses["429"] != 1 || told.Statuses["200"] != 2 || told.Faults["limit"] != 1 {
			t.Errorf("the ledger has %d attempts, %v and %v", told.Attempts, told.Statuses, told.Faults)
		}
	})
}

// A whole second in seconds alone, as the real API tells it.
func TestAnthropicRetryAfterSeconds(t *testing.T) {
	t.Parallel()
	m, w := host(t, retryAfter(429, "1")), once("errors.429")
	client := m.anthropic(t, "HTTP/2.0", w)
	if _, err := client.Messages.New(bounded(t), ask(9)); err != nil {
		t.Fatal(err)
	}
	w.expect(t, 429, 200)
	if seen := w.seen(); seen[1].began.Sub(seen[0].ended) < time.Second {
		t.Errorf("it waited %v", seen[1].began.Sub(seen[0].ended))
	}
}

func TestAnthropicRecovers(t *testing.T) {
	t.Parallel()
	m := host(t, delayForLong)
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
		{"delay", "HTTP/2.0", 0}, // past the time it has
	} {
		t.Run(test.fault+" "+test.protocol, func(t *testing.T) {
			t.Parallel()
			w := once(test.fault)
			client := m.anthropic(t, test.protocol, w)
			var options []option.RequestOption
			if test.fault == "delay" {
				options = append(options, option.WithRequestTimeout(4*time.Second))
			}
			message, err := client.Messages.New(bounded(t), ask(9), options...)
			if err != nil || text(*message) == "" {
				t.Errorf("got %v, %v", message, err)
			}
			w.expect(t, test.first, 200)
		})
	}
}

// The transport itself asks again for a stream that was refused unprocessed, at
// once, and the SDK never hears of it.
func TestAnthropicRefusedStream(t *testing.T) {
	t.Parallel()
	m, w := host(t, refuseFirst), &wire{}
	client := m.anthropic(t, "HTTP/2.0", w)
	if _, err := client.Messages.New(bounded(t), ask(9)); err != nil {
		t.Fatal(err)
	}
	w.expect(t, 200)
	if told := m.ledger(t); told.Attempts != 2 || told.Faults["refused_stream"] != 1 || told.Dropped != 1 {
		t.Errorf("the ledger has %d attempts, %v", told.Attempts, told.Faults)
	}
}
