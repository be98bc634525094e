package api_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"weighbridge/mockserver/api"
)

func TestBatchesAreListedNewestFirst(t *testing.T) {
	m := newMock(t, api.Anthropic())
	var made []string
	for range 5 {
		made = append([]string{m.create(batchOf(1)).ID}, made...)
		m.advance(time.Second)
	}
	list := func(query string) (ids []string) {
		var page struct{ Data []batch }
		decode(t, m.mustAsk("GET", batchesPath+query, ""), &page)
		for _, one := range page.Data {
			ids = append(ids, one.ID)
		}
		return ids
	}
	for query, want := range map[string][]string{
		"":                                 made,
		"?limit=2":                         made[:2],
		"?limit=2&after_id=" + made[1]:     made[2:4],
		"?limit=2&before_id=" + made[4]:    made[2:4],
		"?after_id=" + made[4]:             nil,
		"?limit=1000&before_id=" + made[1]: made[:1],
		"?limit=1000&after_id=" + made[len(made)-2]: made[len(made)-1:],
	} {
		if diff := cmp.Diff(want, list(query)); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
	m.batches.Reset()
	if got := list(""); got != nil {
		t.Errorf("after a reset: %v", got)
	}
}

func TestDefaultBatchLimits(t *testing.T) {
	want := api.BatchLimits{PerBatch: 100_000, Batches: 1000, Requests: 200_000, Bytes: 512 << 20}
	if got := api.DefaultBatchLimits(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// newMockWithLimits returns a mock whose limits are the default ones as change leaves them.
func newMockWithLimits(t *testing.T, change func(*api.BatchLimits)) *mock {
	m := newMock(t, api.Anthropic())
	limits := api.DefaultBatchLimits()
	change(&limits)
	m.batches = api.NewBatches(limits)
	return m
}

func TestFullStoreForgetsOldestEndedBatch(t *testing.T) {
	const limit = 10
	m := newMockWithLimits(t, func(l *api.BatchLimits) { l.Batches = limit })
	m.batchDuration = time.Hour
	slow := m.create(batchOf(1))
	m.batchDuration = 0
	first, second := m.create(batchOf(1)), m.create(batchOf(1))
	m.batchDuration = time.Hour
	for range limit - 3 {
		m.create(batchOf(1))
	}
	m.batch("GET", "/"+first.ID, "") // as many as the limit are kept
	m.create(batchOf(1))
	m.expectRefusal("GET", "/"+first.ID, 404, "no such")
	m.batch("GET", "/"+slow.ID, "")
	m.batch("GET", "/"+second.ID, "")
	m.create(batchOf(1))
	m.expectBatchRefusal(batchOf(1), 429, "too many requests")
	m.advance(2 * time.Hour)
	m.create(batchOf(1))
	m.expectRefusal("GET", "/"+slow.ID, 404, "no such")
}

func TestQueuedRequestsAreLimited(t *testing.T) {
	const limit = 10 // the queue holds two full batches
	m := newMockWithLimits(t, func(l *api.BatchLimits) { l.PerBatch, l.Requests = limit, 2*limit })
	m.create(batchOf(limit))
	m.create(batchOf(limit))
	m.expectBatchRefusal(batchOf(1), 429, "too many requests")
	m.advance(time.Minute) // both have ended, and make room
	m.batchDuration = time.Hour
	m.create(batchOf(limit))
	m.create(batchOf(limit))
	m.expectBatchRefusal(batchOf(1), 429, "too many requests")
	m.batches.Reset()
	m.create(batchOf(1))
	m.expectBatchRefusal(batchOf(limit+1), 400, "at most 10 items after validation, not 11")
}

func TestQueuedBytesAreLimited(t *testing.T) {
	m := newMockWithLimits(t, func(l *api.BatchLimits) { l.Bytes = 2*len(params) + 1 })
	m.create(batchOf(2))
	m.expectBatchRefusal(batchOf(1), 429, "too many requests")
	m.advance(time.Minute)
	m.create(batchOf(2))
}

func TestBadBatchBodiesAreRefused(t *testing.T) {
	m := newMock(t, api.Anthropic())
	one := func(request string) string { return `{"requests":[` + request + `]}` }
	for body, want := range map[string]string{
		``:                                     "not valid JSON",
		`[]`:                                   "not a JSON object",
		`{}`:                                   "requests: Field required",
		`{"requests":null}`:                    "requests: Input should be a valid list",
		`{"requests":[]}`:                      "requests: List should have at least 1 item",
		`{"requests":[null]}`:                  "requests.0: Input should be an object",
		`{"requests":[{}],"x":1}`:              "x: Extra inputs are not permitted",
		one(`{"params":{}}`):                   "requests.0.custom_id: Field required",
		one(`{"custom_id":"a"}`):               "requests.0.params: Field required",
		one(`{"custom_id":1,"params":{}}`):     "requests.0.custom_id: Input should be a valid string",
		one(`{"custom_id":"","params":{}}`):    "requests.0.custom_id: String should match pattern",
		one(`{"custom_id":"a b","params":{}}`): "requests.0.custom_id: String should match pattern",
		one(`{"custom_id":"é","params":{}}`):   "requests.0.custom_id: String should match pattern",
		one(`{"custom_id":"` + strings.Repeat("a", 65) + `","params":{}}`): "requests.0.custom_id: String should match pattern",
		one(`{"custom_id":"a","params":null}`):                             "requests.0.params: Input should be an object",
		one(`{"custom_id":"a","params":{},"x":1}`):                         "requests.0.x: Extra inputs are not permitted",
		one(`{"custom_id":"a","custom_id":"a","params":{}}`):               "requests.0.custom_id: duplicate field",
		one(`{"custom_id":"a","params":{}},{"custom_id":"a","params":{}}`): `requests.1.custom_id: "a" is not unique`,
	} {
		m.expectBatchRefusal(body, 400, want)
	}
	m.create(one(`{"custom_id":"` + strings.Repeat("a", 64) + `","params":{}}`))
}

func TestBatchesAreSafeForConcurrentUse(t *testing.T) {
	m := newMock(t, api.Anthropic())
	shared := m.create(batchOf(20))
	m.advance(time.Minute)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				response, err := m.ask("POST", batchesPath, batchOf(3))
				if err != nil {
					t.Error(err)
					return
				}
				var made batch
				if err := json.Unmarshal(response.Body, &made); err != nil {
					t.Error(err)
					return
				}
				for _, ask := range []struct{ method, path string }{
					{"POST", "/" + made.ID + "/cancel"}, {"GET", ""}, {"GET", "/" + made.ID}, {"GET", "/" + shared.ID}, {"GET", "/" + shared.ID + "/results"},
				} {
					if _, err := m.ask(ask.method, batchesPath+ask.path, ""); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	m.advance(time.Minute)
	var page struct{ Data []batch }
	decode(t, m.mustAsk("GET", batchesPath+"?limit=1000", ""), &page)
	if len(page.Data) != 161 {
		t.Errorf("%d batches, want 161", len(page.Data))
	}
	for _, one := range page.Data[:160] {
		if one.Status != "ended" || one.Counts != (counts{Canceled: 3}) {
			t.Errorf("%+v", one)
		}
	}
}
