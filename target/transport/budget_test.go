package transport

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"weighbridge/target"
	"weighbridge/target/budget"
)

// within limits a client to a number of attempts.
func within(attempts uint64) func(*Options) {
	return func(o *Options) {
		account := budget.New(budget.Amount{Requests: attempts}, func(string) {})
		o.Budget = account.Meter(budget.Arm{MaxOutput: 1})
	}
}

func TestBudgetEndsRequests(t *testing.T) {
	var seen atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		seen.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	defer server.Close()

	// The failure of the attempts that were sent remains the request's.
	x := newClient(t, server.URL, retrying(5), within(2)).Do(t.Context(), Request{Prompts: []string{"a"}})
	if x.Outcome.Class != target.Server || !x.OverBudget || x.Status != http.StatusServiceUnavailable || len(x.Attempts) != 2 ||
		!strings.HasSuffix(x.Outcome.Detail, "not tried again: 2 of 2 requests are used") {
		t.Errorf("retries: %+v", x)
	}
	// A request without any attempt is nobody's failure.
	client := newClient(t, server.URL, within(1))
	client.Do(t.Context(), Request{Prompts: []string{"a"}})
	x = client.Do(t.Context(), Request{Prompts: []string{"a", "b"}})
	if x.Outcome.Class != target.Budget || x.Outcome.Failed != 2 || !x.OverBudget || len(x.Attempts) != 0 || !x.Outcome.Class.Own() {
		t.Errorf("none left: %+v", x)
	}
	if n := seen.Load(); n != 3 {
		t.Errorf("the server saw %d attempts", n)
	}
}

// net/http sends a request without a body again when a kept connection breaks, but not past the
// budget.
func TestBudgetHoldsForRequestsWithoutBody(t *testing.T) {
	var seen atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 || len(r.TransferEncoding) > 0 {
			t.Errorf("a body of %d bytes, %v", r.ContentLength, r.TransferEncoding)
		}
		if seen.Add(1) == 2 {
			panic(http.ErrAbortHandler) // without any answer
		}
	}))
	defer server.Close()
	client := newClient(t, server.URL, within(2), func(o *Options) { o.Dialect = plainDialect{http.MethodGet} })
	first := client.Do(t.Context(), Request{Prompts: []string{"a"}})
	second := client.Do(t.Context(), Request{Prompts: []string{"a"}})
	if first.Outcome.Class != target.Success || second.Outcome.Class != target.Transport || seen.Load() != 2 {
		t.Errorf("%+v, then %+v; the server saw %d", first.Outcome, second.Outcome, seen.Load())
	}
}
