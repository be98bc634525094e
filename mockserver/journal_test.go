package mockserver_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/clock"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/fault"
	"weighbridge/mockserver/ledger"
)

// newFaultyConfig returns a config with all stateless faults that leave a complete answer.
func newFaultyConfig() mockserver.Config {
	c := mockserver.DefaultConfig()
	c.Seed = 7
	c.Latency.Request = dist.Duration{LogNormal: &dist.LogNormal[time.Duration]{P50: 200 * time.Microsecond, P99: time.Millisecond}}
	some := fault.When{Share: 0.1}
	c.Faults = mockserver.Faults{
		Errors:      fault.Errors{500: {When: some}, 529: {When: some}},
		ItemErrors:  fault.ItemErrors{When: some},
		Delay:       fault.Delay{When: some, By: constant(time.Millisecond)},
		Malformed:   fault.Malformed{When: some},
		ContentType: fault.ContentType{When: some, Value: "text/html"},
		StreamError: fault.StreamError{When: some, Keep: 0.5},
	}
	return c
}

var timesField = regexp.MustCompile(`,"times":.*`)

// journalOf returns the journal lines of n attempts by concurrent clients, without times.
func journalOf(t *testing.T, config mockserver.Config, clients, n int) []string {
	t.Helper()
	var out bytes.Buffer
	journal := ledger.NewJournal(&out)
	mock := newMock(t, config, mockserver.Options{Journal: journal})
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			for i := range n / clients {
				id := 1 + i*clients + client
				switch id % 3 {
				case 0:
					serve(mock, batch(id, 5))
				case 1:
					r := post("/v1/messages", id, `{"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"hi"}]}`)
					r.Header.Set("Anthropic-Version", "2023-06-01")
					serve(mock, r)
				default:
					serve(mock, single(id))
				}
			}
		})
	}
	wg.Wait()
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	for i := range lines {
		lines[i] = timesField.ReplaceAllString(lines[i], "")
	}
	return lines
}

func TestJournalDependsOnSeedAndOrder(t *testing.T) {
	const n = 300
	first, again := journalOf(t, newFaultyConfig(), 1, n), journalOf(t, newFaultyConfig(), 1, n)
	if len(first) != n || !slices.Equal(first, again) {
		t.Fatalf("%d and %d lines, equal: %v", len(first), len(again), slices.Equal(first, again))
	}
	for _, fault := range []string{"errors", "item_errors", "delay", "malformed", "content_type", "stream_error"} {
		if !slices.ContainsFunc(first, func(line string) bool { return strings.Contains(line, `"`+fault+`":`) }) {
			t.Errorf("%s was never injected", fault)
		}
	}
	other := newFaultyConfig()
	other.Seed = 8
	if slices.Equal(first, journalOf(t, other, 1, n)) {
		t.Error("another seed writes the same journal")
	}

	// The scheduling of goroutines changes only the order of the lines.
	slices.Sort(first)
	concurrent := journalOf(t, newFaultyConfig(), 50, n)
	slices.Sort(concurrent)
	if !slices.Equal(first, concurrent) {
		t.Error("50 concurrent clients get other faults than one client")
	}
}

// Attempts without ID are numbered as they arrive: which client gets which fault is
// random, but the totals are not.
func TestUnnamedAttemptsGetTheSameTotalOfFaults(t *testing.T) {
	decisions := func(clients int) map[string]uint64 {
		mock := newMock(t, newFaultyConfig(), mockserver.Options{})
		var wg sync.WaitGroup
		for range clients {
			wg.Go(func() {
				for range 200 / clients {
					serve(mock, single(0))
				}
			})
		}
		wg.Wait()
		return readLedger(t, mock).Faults
	}
	one, many := decisions(1), decisions(50)
	for name, n := range one {
		if many[name] != n {
			t.Errorf("%s was injected %d times with one client and %d times with 50", name, n, many[name])
		}
	}
	if one["errors"] == 0 || one["malformed"] == 0 {
		t.Errorf("no faults were injected: %v", one)
	}
}

// With the same times, buckets behave identically.
func TestBucketsAreDeterministicWithAManualClock(t *testing.T) {
	run := func() string {
		var out bytes.Buffer
		journal := ledger.NewJournal(&out)
		config := newFreeConfig()
		config.Limit.Requests = &mockserver.Bucket{Rate: 3, Burst: 2}
		config.Limit.OutputTokens = &mockserver.Bucket{Rate: 20, Burst: 30}
		now := clock.NewManual(start)
		mock := newMock(t, config, mockserver.Options{Journal: journal, Clock: now})
		for id := 1; id <= 60; id++ {
			serve(mock, single(id))
			now.Advance(time.Duration(id%5) * 90 * time.Millisecond)
		}
		if err := journal.Close(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	first, again := run(), run()
	if first != again {
		t.Error("the same requests at the same times are answered differently")
	}
	if !strings.Contains(first, `"status":429`) || !strings.Contains(first, `"status":200`) {
		t.Errorf("the limit has no effect:\n%s", first)
	}
	var line struct {
		Times struct {
			Buckets struct {
				Requests *float64 `json:"requests"`
			} `json:"buckets"`
		} `json:"times"`
	}
	text, _, _ := strings.Cut(first, "\n")
	if err := json.Unmarshal([]byte(text), &line); err != nil || line.Times.Buckets.Requests == nil || *line.Times.Buckets.Requests != 1 {
		t.Errorf("after the first of two requests the bucket holds %v, want 1: %v", line.Times.Buckets.Requests, err)
	}
}
