package transport

import (
	"io"
	"net"
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

// A request without a body is sent again when a kept connection ends without an answer, as net/http does, and
// counts towards the budget.
func TestRequestsWithoutBodyAreSentAgain(t *testing.T) {
	onBoth(t, "closed", func(t *testing.T, transport string) {
		var seen atomic.Int64
		answer := func(conn net.Conn, _ int) bool {
			if seen.Add(1) == 2 {
				return false // without any answer
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
			return true
		}
		account := budget.New(budget.Amount{Requests: 9}, func(string) {})
		client := newClient(t, answers(t, answer), func(o *Options) {
			o.Budget, o.Dialect, o.Client.Transport = account.Meter(budget.Arm{MaxOutput: 1}), plainDialect{http.MethodGet}, transport
		})
		client.Do(t.Context(), one)
		x := client.Do(t.Context(), one)
		if used := account.Spent().Used.Requests; x.Outcome.Class != target.Success || seen.Load() != 3 || used != 3 || len(x.Attempts) != 1 || x.Attempts[0].Replays != 1 {
			t.Errorf("%+v; the server saw %d requests, the budget %d", x, seen.Load(), used)
		}
	})
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
