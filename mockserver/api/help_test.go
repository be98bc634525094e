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

	"weighbridge/mockserver/api"
)

// noon is when the explicit clock of these tests starts.
var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// deep is deeper than any decoder should go.
var deep = strings.Repeat("[", 20_000)

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

func version(v string) http.Header { return http.Header{"Anthropic-Version": {v}} }

// prose is made once: making it takes longer than many tests.
var prose = sync.OnceValue(api.NewProse)

// words returns the first n words of the completions in these tests.
func words(n uint64) string { return prose().Words(0, n) }

// answer is that of a model to a call: as many tokens as the call wants, 5 if it
// does not say; a token a character comes in.
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
	out := api.Item{Completion: words(n), Cut: n < 5, Usage: api.Usage{Input: count(call.Prompts[0]), Output: n}}
	for _, stop := range call.StopSequences {
		if before, _, found := strings.Cut(out.Completion, stop); found {
			out.Completion, out.Stopped, out.Cut = before, stop, false
			out.Usage.Output = uint64(len(strings.Fields(before)))
		}
	}
	return out
}

func count(text string) uint64 { return uint64(utf8.RuneCountInString(text)) }

// mock routes queries to the endpoints of a dialect, on an explicit clock.
type mock struct {
	t       testing.TB
	dialect api.Dialect
	batches *api.Batches
	lasts   time.Duration
	fails   func(index int) string

	mu   sync.Mutex
	now  time.Time
	asks uint64
}

func newMock(t testing.TB, dialect api.Dialect) *mock {
	return &mock{t: t, dialect: dialect, batches: api.NewBatches(api.DefaultBatchLimits()), now: noon, lasts: 10 * time.Second}
}

func (m *mock) sleep(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// ask sends a query, under 2026-10-21 where the dialect is anthropic.
func (m *mock) ask(method, target, body string) (api.Told, error) {
	h := http.Header{}
	if m.dialect.Name == "anthropic" {
		h = version("2026-10-21")
	}
	return m.askWith(h, method, target, body)
}

func (m *mock) askWith(h http.Header, method, target, body string) (told api.Told, err error) {
	m.mu.Lock()
	m.asks++
	q := api.Query{
		Body: []byte(body), ID: m.asks, Now: m.now, Base: "http://mock.test", Tokens: count, Lasts: m.lasts, Batches: m.batches,
		Complete: func(_ uint64, index int, call api.Call) api.Item {
			if m.fails != nil {
				if why := m.fails(index); why != "" {
					return api.Item{Failed: why}
				}
			}
			return item(call)
		},
	}
	m.mu.Unlock()
	mux := http.NewServeMux()
	for _, e := range m.dialect.Endpoints {
		if e.Tell != nil && (e.For == nil || e.For(h)) {
			mux.HandleFunc(e.Method+" "+e.Path, func(_ http.ResponseWriter, r *http.Request) {
				q.Request = r
				told, err = e.Tell(q)
			})
		}
	}
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	r.Header = h
	if _, pattern := mux.Handler(r); pattern == "" {
		return api.Told{}, fmt.Errorf("no endpoint for %s %s", method, target)
	}
	mux.ServeHTTP(httptest.NewRecorder(), r)
	return told, err
}

// mustAsk is ask for what has to succeed.
func (m *mock) mustAsk(method, target, body string) []byte {
	m.t.Helper()
	told, err := m.ask(method, target, body)
	if err != nil {
		m.t.Fatalf("%s %s: %v", method, target, err)
	}
	return told.Body
}

// stream is events as they stand on the wire.
func stream(events []api.Event) string {
	var out bytes.Buffer
	for _, e := range events {
		out.Write(e.Bytes())
	}
	return out.String()
}
