package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"weighbridge/mockserver/api"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noon is when the clock of these tests starts.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// deeplyNested is nested deeper than any decoder should go.
var deeplyNested = strings.Repeat("[", 20_000)

func completion(t testing.TB, dialect api.Dialect, path string) *api.Completion {
	t.Helper()
	for _, e := range dialect.Endpoints {
		if e.Path == path && e.Complete != nil {
			return e.Complete
		}
	}
	t.Fatalf("no completion at %s", path)
	return nil
}

func versionHeader(v string) http.Header { return http.Header{"Anthropic-Version": {v}} }

// texts is made once: making it takes longer than many tests.
var texts = sync.OnceValue(api.NewTextSource)

// firstWords returns the first n words of the completions in these tests.
func firstWords(n uint64) string { return texts().Words(0, n) }

// answer is the model's answer to a call: at most 5 tokens, or as many as the call
// allows. The input is one token per character.
func answer(call api.Call) api.Answer {
	out := api.Answer{ID: 0xa1, Call: call, Created: noon, Chunk: 2}
	for range call.Prompts {
		out.Items = append(out.Items, item(call))
	}
	return out
}

func item(call api.Call) api.Item {
	n := uint64(5)
	if call.MaxTokens > 0 {
		n = min(n, call.MaxTokens)
	}
	out := api.Item{Completion: firstWords(n), Truncated: n < 5, Usage: api.Usage{Input: countRunes(call.Prompts[0]), Output: n}}
	for _, stop := range call.StopSequences {
		if before, _, found := strings.Cut(out.Completion, stop); found {
			out.Completion, out.StopSequence, out.Truncated = before, stop, false
			out.Usage.Output = uint64(len(strings.Fields(before)))
		}
	}
	return out
}

func countRunes(text string) uint64 { return uint64(utf8.RuneCountInString(text)) }

// mock routes queries to the endpoints of a dialect. Its time passes only by advance.
type mock struct {
	t             testing.TB
	dialect       api.Dialect
	batches       *api.Batches
	files         *api.Files
	batchDuration time.Duration
	failure       func(index int) string

	mu      sync.Mutex
	now     time.Time
	queries uint64
}

func newMock(t testing.TB, dialect api.Dialect) *mock {
	return &mock{t: t, dialect: dialect, batches: api.NewBatches(api.DefaultBatchLimits()), files: api.NewFiles(api.DefaultBatchLimits()), now: noon, batchDuration: 10 * time.Second}
}

func (m *mock) advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// ask sends a query, with version 2026-10-21 if the dialect is anthropic.
func (m *mock) ask(method, target, body string) (api.Response, error) {
	h := http.Header{}
	if m.dialect.Name == "anthropic" {
		h = versionHeader("2026-10-21")
	}
	return m.askWith(h, method, target, body)
}

func (m *mock) askWith(h http.Header, method, target, body string) (response api.Response, err error) {
	m.mu.Lock()
	m.queries++
	q := api.Query{
		Body: []byte(body), ID: m.queries, Now: m.now, Base: "http://mock.test", Tokens: countRunes, BatchDuration: m.batchDuration, Batches: m.batches, Files: m.files,
		Complete: func(_ uint64, index int, call api.Call) api.Item {
			if m.failure != nil {
				if why := m.failure(index); why != "" {
					return api.Item{Failed: why}
				}
			}
			return item(call)
		},
	}
	m.mu.Unlock()
	mux := http.NewServeMux()
	for _, e := range m.dialect.Endpoints {
		if e.Handle != nil && (e.Match == nil || e.Match(h)) {
			mux.HandleFunc(e.Method+" "+e.Path, func(_ http.ResponseWriter, r *http.Request) {
				q.Request = r
				response, err = e.Handle(q)
			})
		}
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header = h
	if _, pattern := mux.Handler(r); pattern == "" {
		return api.Response{}, fmt.Errorf("no endpoint for %s %s", method, target)
	}
	mux.ServeHTTP(httptest.NewRecorder(), r)
	return response, err
}

// mustAsk is ask for queries that have to succeed.
func (m *mock) mustAsk(method, target, body string) []byte {
	m.t.Helper()
	response, err := m.ask(method, target, body)
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, target, err)
	}
	return response.Body
}

// wireBytes returns events as they are sent.
func wireBytes(events []api.Event) string {
	var out bytes.Buffer
	for _, e := range events {
		out.Write(e.Bytes())
	}
	return out.String()
}
