package transport

import (
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/target"
)

// A server that fails everything gets as many attempts as the budget of retries allows, and the
// requests say that it refused them.
func TestBudgetOfRetries(t *testing.T) {
	var seen atomic.Int64
	address, _ := listen(t, "plain", statuses(&seen, 503))
	c := newClient(t, address, retrying(4), func(o *Options) { o.Client.Retry.Budget = target.RetryBudget{Share: 0.1, Burst: 5} })
	refused := 0
	for range 100 {
		x := c.Do(t.Context(), one)
		if x.RetryRefused {
			refused++
		}
		const note = "; not retried: the retry budget (client.retry.budget) is used up"
		if strings.HasSuffix(x.Outcome.Detail, note) != x.RetryRefused || x.Outcome.Class != target.Server || x.Status != 503 {
			t.Fatalf("%+v, refused: %v", x.Outcome, x.RetryRefused)
		}
	}
	if n := seen.Load(); n < 113 || n > 115 { // 100, 5 at first and a tenth of 100
		t.Errorf("%d attempts of 100 requests", n)
	}
	if refused < 95 || refused == 100 {
		t.Errorf("%d requests were refused a retry", refused)
	}
}

// A retry that only needs a new credential takes nothing from the budget, and one that no policy asks
// for neither.
func TestBudgetOfRetriesIsForRetries(t *testing.T) {
	var seen atomic.Int64
	address, _ := listen(t, "plain", statuses(&seen, 200))
	c := newClient(t, address, retrying(4), func(o *Options) { o.Client.Retry.Budget = target.RetryBudget{Share: 0.001, Burst: 1} })
	for range 50 {
		if x := c.Do(t.Context(), one); x.RetryRefused || x.Outcome.Class != target.Success {
			t.Fatalf("%+v", x)
		}
	}
	if seen.Load() != 50 {
		t.Errorf("%d attempts of 50 requests", seen.Load())
	}
}

// An adaptive limit shrinks while the server is overloaded, and grows when it is not.
func TestAdaptiveConcurrency(t *testing.T) {
	var overloaded atomic.Bool
	overloaded.Store(true)
	address, _ := listen(t, "plain", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if overloaded.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	c := newClient(t, address, func(o *Options) {
		o.Client.InFlight = 50
		o.Client.Concurrency = target.Concurrency{Policy: target.ConcurrencyAdaptive, Start: 16, Min: 2, Backoff: 0.5}
	})
	load := func(n int) (allowed int) {
		concurrently(t, n, func() error {
			c.Do(t.Context(), one)
			return nil
		})
		return c.Do(t.Context(), one).Allowed
	}
	if allowed := load(300); allowed != 2 {
		t.Errorf("%d are allowed while the server is overloaded, expected 2", allowed)
	}
	overloaded.Store(false)
	if allowed := load(600); allowed < 5 || allowed > 50 {
		t.Errorf("%d are allowed after 600 answers", allowed)
	}
	if n := c.gate.InUse(); n != 0 {
		t.Errorf("%d slots are in use", n)
	}
}

// A client that is alone at the mock's limit, and waits as long as Retry-After says, is not refused
// twice.
func TestAloneAtALimit(t *testing.T) {
	config := mockserver.DefaultConfig()
	config.Latency = mockserver.Latency{}
	config.Limit.Requests = &mockserver.Bucket{Rate: 10, Burst: 2}
	server, err := mockserver.New(config, mockserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	address, _ := listen(t, "plain", server.ServeHTTP)
	for _, retry := range []target.Retry{
		{Policy: target.RetryExponential, Multiplier: time.Millisecond, Max: time.Millisecond, Attempts: 5, Jitter: target.JitterFull, HonorRetryAfter: true, MaxRetryAfter: time.Minute},
		{Policy: target.RetrySDK, Attempts: 3, MaxRetryAfter: time.Minute},
	} {
		c := newClient(t, address+"/v1/completions", func(o *Options) {
			o.Client.Retry = retry
			o.Headers = http.Header{"Authorization": {"Bearer key"}, "Content-Type": {"application/json"}}
		})
		refused := 0
		for tries := 0; refused < 2 && tries < 500; tries++ {
			x := c.Do(t.Context(), Request{Phase: "open", Prompts: []string{`{"prompt": "hello", "max_tokens": 3}`}})
			if x.Outcome.Class != target.Success || len(x.Attempts) > 2 {
				t.Fatalf("%s: %d attempts, %+v", retry.Policy, len(x.Attempts), x.Outcome)
			}
			refused += len(x.Attempts) - 1
		}
		if refused < 2 {
			t.Errorf("%s: %d requests were refused, too few to tell", retry.Policy, refused)
		}
	}
}
