package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/mockserver/api"
)

const batchesPath = "/v1/messages/batches"

// params is a valid value of a batch request's params.
const params = `{"model":"m","max_tokens":3,"messages":[{"role":"user","content":"hello"}]}`

// batchOf returns the body of a batch of n valid requests, with custom IDs r0, r1, ….
func batchOf(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"custom_id":"r%d","params":%s}`, i, params)
	}
	return `{"requests":[` + strings.Join(all, ",") + `]}`
}

type batch struct {
	ID     string
	Status string `json:"processing_status"`
	Counts counts `json:"request_counts"`
	Ended  string `json:"ended_at"`
	Cancel string `json:"cancel_initiated_at"`
	URL    string `json:"results_url"`
}

type counts struct{ Processing, Succeeded, Errored, Canceled, Expired int }

func (m *mock) create(body string) batch { return m.batch("POST", "", body) }

// batch sends a query and decodes the batch it is answered with; path is appended to batchesPath.
func (m *mock) batch(method, path, body string) batch {
	m.t.Helper()
	var out batch
	decode(m.t, m.mustAsk(method, batchesPath+path, body), &out)
	return out
}

type resultLine struct {
	ID     string `json:"custom_id"`
	Result struct {
		Type    string
		Message struct {
			ID, Model string
			Usage     struct {
				api.Usage
				Tier string `json:"service_tier"`
			}
		}
		Error struct {
			Type      string
			RequestID string `json:"request_id"`
			Error     struct{ Type, Message string }
		}
	}
}

func (m *mock) results(id string) []resultLine {
	m.t.Helper()
	response, err := m.ask("GET", batchesPath+"/"+id+"/results", "")
	if err != nil {
		m.t.Fatal(err)
	}
	if response.ContentType != "application/x-jsonl" {
		m.t.Errorf("results are %q", response.ContentType)
	}
	var out []resultLine
	for _, raw := range bytes.Split(bytes.TrimSuffix(response.Body, []byte("\n")), []byte("\n")) {
		var one resultLine
		decode(m.t, raw, &one)
		out = append(out, one)
	}
	return out
}

func decode(t testing.TB, body []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%s: %v", body, err)
	}
}

func (m *mock) expectRefusal(method, path string, want int, message string) {
	m.t.Helper()
	_, err := m.ask(method, batchesPath+path, "")
	if err == nil || status(err) != want || !strings.Contains(err.Error(), message) {
		m.t.Errorf("%s %s: got %v, want %d %s", method, path, err, want, message)
	}
}

// expectBatchRefusal checks that a new batch is refused with a status and an error that contains message.
func (m *mock) expectBatchRefusal(body string, want int, message string) {
	m.t.Helper()
	_, err := m.ask("POST", batchesPath, body)
	if err == nil || status(err) != want || !strings.Contains(err.Error(), message) {
		m.t.Errorf("POST %.60s: got %v, want %d %s", body, err, want, message)
	}
}

func TestBatchLifecycle(t *testing.T) {
	m := newMock(t, api.Anthropic())
	response, err := m.ask("POST", batchesPath, batchOf(4))
	if err != nil {
		t.Fatal(err)
	}
	if response.Prompts != 4 || response.Usage != (api.Usage{}) {
		t.Errorf("made: %d prompts, usage %+v", response.Prompts, response.Usage)
	}
	var made batch
	decode(t, response.Body, &made)
	running := batch{ID: made.ID, Status: "in_progress", Counts: counts{Processing: 4}}
	if made != running {
		t.Errorf("made: %+v", made)
	}
	m.advance(10*time.Second - 1)
	if got := m.batch("GET", "/"+made.ID, ""); got != running {
		t.Errorf("before the end: %+v", got)
	}
	m.expectRefusal("GET", "/"+made.ID+"/results", 400, "has not ended")
	m.expectRefusal("DELETE", "/"+made.ID, 400, "still processing")
	m.advance(1)
	want := batch{
		ID: made.ID, Status: "ended", Counts: counts{Succeeded: 4}, Ended: "2026-11-24T12:00:10.000000Z",
		URL: "http://mock.test/v1/messages/batches/" + made.ID + "/results",
	}
	if got := m.batch("GET", "/"+made.ID, ""); got != want {
		t.Errorf("at the end: %+v, want %+v", got, want)
	}
	m.expectRefusal("POST", "/"+made.ID+"/cancel", 400, "cannot be canceled")
	if got := len(m.results(made.ID)); got != 4 {
		t.Errorf("%d results", got)
	}
	if got, want := string(m.mustAsk("DELETE", batchesPath+"/"+made.ID, "")), `{"id":"`+made.ID+`","type":"message_batch_deleted"}`; got != want {
		t.Errorf("deleted: %s, want %s", got, want)
	}
	for _, ask := range []struct{ method, path string }{{"GET", ""}, {"DELETE", ""}, {"POST", "/cancel"}, {"GET", "/results"}} {
		m.expectRefusal(ask.method, "/"+made.ID+ask.path, 404, "no such message batch")
	}
}

func TestBatchResults(t *testing.T) {
	m := newMock(t, api.Anthropic())
	m.failure = func(index int) string {
		if index == 1 {
			return "injected"
		}
		return ""
	}
	made := m.create(`{"requests":[{"custom_id":"a","params":` + params + `},{"custom_id":"b","params":` + params + `},` +
		`{"custom_id":"c","params":{"model":"m","messages":[]}},{"custom_id":"d","params":{"temperature":1,"max_tokens":1,"model":"m","messages":[{"role":"user","content":"a"}]}}]}`)
	m.advance(time.Minute)
	if got, want := m.batch("GET", "/"+made.ID, "").Counts, (counts{Succeeded: 1, Errored: 3}); got != want {
		t.Errorf("counts %+v, want %+v", got, want)
	}
	outcomes := map[string]string{}
	names := map[string]bool{}
	for _, one := range m.results(made.ID) {
		r := one.Result
		outcomes[one.ID] = fmt.Sprintf("%s %d+%d %s %s: %s", r.Type, r.Message.Usage.Input, r.Message.Usage.Output, r.Message.Usage.Tier, r.Error.Error.Type, r.Error.Error.Message)
		if r.Type == "errored" && (r.Error.Type != "error" || !strings.HasPrefix(r.Error.RequestID, "req_")) {
			t.Errorf("%s: the error is %+v", one.ID, r.Error)
		}
		names[r.Message.ID+r.Error.RequestID] = true
	}
	want := map[string]string{
		"a": "succeeded 5+3 batch : ",
		"b": "errored 0+0  api_error: injected",
		"c": "errored 0+0  invalid_request_error: max_tokens: Field required",
		"d": "errored 0+0  invalid_request_error: temperature: not supported under anthropic-version 2026-10-21",
	}
	if diff := cmp.Diff(want, outcomes); diff != "" {
		t.Error(diff)
	}
	if len(names) != 4 {
		t.Errorf("the IDs are not unique: %v", names)
	}
}

func TestBatchResultsAreShuffled(t *testing.T) {
	m := newMock(t, api.Anthropic())
	orders := map[string]bool{}
	for n := 2; n <= 8; n++ {
		for range 20 {
			made := m.create(batchOf(n))
			m.advance(time.Minute)
			var got, want []string
			for i, one := range m.results(made.ID) {
				got, want = append(got, one.ID), append(want, fmt.Sprintf("r%d", i))
			}
			if slices.Equal(got, want) {
				t.Errorf("%d results come in the order of the requests", n)
			}
			orders[strings.Join(got, " ")] = true
			if slices.Sort(got); !slices.Equal(got, want) {
				t.Errorf("not every request has a result: %v", got)
			}
			again := []string{}
			for _, one := range m.results(made.ID) {
				again = append(again, one.ID)
			}
			if !orders[strings.Join(again, " ")] {
				t.Errorf("another order the second time: %v", again)
			}
		}
	}
	if len(orders) < 50 {
		t.Errorf("only %d orders of 140 batches", len(orders))
	}
}

func TestBatchCancellation(t *testing.T) {
	for _, test := range []struct {
		name          string
		after         time.Duration // the creation, when it is canceled
		takes         time.Duration
		wantSucceeded int
	}{
		{"at once", 0, 100 * time.Millisecond, 0},
		{"a moment before the first", 2*time.Second - 1, 100 * time.Millisecond, 0},
		{"with the first", 2 * time.Second, 100 * time.Millisecond, 1},
		{"in between", 7 * time.Second, 100 * time.Millisecond, 3},
		{"close to the end", 10*time.Second - 30*time.Millisecond, 30 * time.Millisecond, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := newMock(t, api.Anthropic())
			made := m.create(batchOf(5))
			m.advance(test.after)
			asked := noon.Add(test.after).Format("2006-01-02T15:04:05.000000Z")
			want := batch{ID: made.ID, Status: "canceling", Counts: counts{Processing: 5}, Cancel: asked}
			if got := m.batch("POST", "/"+made.ID+"/cancel", ""); got != want {
				t.Errorf("canceling: %+v, want %+v", got, want)
			}
			m.advance(test.takes - 1)
			if got := m.batch("POST", "/"+made.ID+"/cancel", ""); got != want {
				t.Errorf("canceling again: %+v, want %+v", got, want)
			}
			m.expectRefusal("DELETE", "/"+made.ID, 400, "still processing")
			m.advance(1)
			got := m.batch("GET", "/"+made.ID, "")
			if got.Status != "ended" || got.Counts != (counts{Succeeded: test.wantSucceeded, Canceled: 5 - test.wantSucceeded}) || got.Cancel != asked {
				t.Errorf("canceled: %+v", got)
			}
			for _, one := range m.results(made.ID) {
				if early := one.ID < fmt.Sprintf("r%d", test.wantSucceeded); early != (one.Result.Type == "succeeded") {
					t.Errorf("%s is %s", one.ID, one.Result.Type)
				}
			}
		})
	}
}

// A cancellation that arrived before the end but is served after a client has read the counts changes nothing.
func TestLateCancellationIsRefused(t *testing.T) {
	m := newMock(t, api.Anthropic())
	made := m.create(batchOf(2))
	m.advance(10 * time.Second)
	if got := m.batch("GET", "/"+made.ID, "").Counts; got != (counts{Succeeded: 2}) {
		t.Errorf("counts %+v", got)
	}
	m.advance(-time.Second)
	m.expectRefusal("POST", "/"+made.ID+"/cancel", 400, "cannot be canceled")
}

func TestBatchExpires(t *testing.T) {
	m := newMock(t, api.Anthropic())
	m.batchDuration = 48 * time.Hour
	made := m.create(batchOf(4))
	m.advance(24*time.Hour - 1)
	if got := m.batch("GET", "/"+made.ID, ""); got.Status != "in_progress" {
		t.Errorf("before it expires: %+v", got)
	}
	m.advance(1)
	got := m.batch("GET", "/"+made.ID, "")
	if got.Status != "ended" || got.Counts != (counts{Succeeded: 2, Expired: 2}) || got.Ended != "2026-11-25T12:00:00.000000Z" {
		t.Errorf("expired: %+v", got)
	}
}

func TestBatchWithoutDurationEndsAtOnce(t *testing.T) {
	for _, lasts := range []time.Duration{0, -time.Second} {
		m := newMock(t, api.Anthropic())
		m.batchDuration = lasts
		if got := m.create(batchOf(3)); got.Status != "ended" || got.Counts != (counts{Succeeded: 3}) {
			t.Errorf("lasting %s: %+v", lasts, got)
		}
	}
}
