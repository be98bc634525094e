package transport

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/target"
	"weighbridge/target/cache"
)

// billing bills 3 tokens of input and 5 of output for each prompt.
type billing struct{ plainDialect }

func (b billing) Judge(status int, h http.Header, body []byte, prompts int) target.Outcome {
	out := b.plainDialect.Judge(status, h, body, prompts)
	if out.Class == target.Success {
		out.InputTokens, out.InputKnown, out.OutputTokens, out.OutputByPrompt = 3, true, 5, []uint64{5}
	}
	return out
}

func caching(entries int, singleFlight bool) func(*Options) {
	return func(o *Options) {
		o.Dialect = billing{}
		o.Client.Cache = target.Cache{Entries: entries, TTL: time.Hour, SingleFlight: singleFlight}
	}
}

func asking(text string) Request { return Request{Phase: "open", Prompts: []string{text}} }

func TestAnEqualRequestIsAnsweredWithoutAnAttempt(t *testing.T) {
	var seen atomic.Int64
	address, _ := listen(t, "plain", statuses(&seen, http.StatusOK))
	c := newClient(t, address, caching(10, false))
	first := c.Do(context.Background(), asking("a"))
	if first.Cache != (CacheUse{Source: cache.Server}) || first.Outcome.OutputTokens != 5 || len(first.Attempts) != 1 {
		t.Errorf("the first: %+v, %+v", first.Cache, first.Outcome)
	}
	second := c.Do(context.Background(), asking("a"))
	if use := second.Cache; use.Source != cache.Client || use.SavedInput != 3 || use.SavedOutput != 5 || use.Attempt != first.Attempts[0].ID || use.Age <= 0 || use.Stale != nil {
		t.Errorf("the second: %+v", use)
	}
	if o := second.Outcome; o.Class != target.Success || o.InputTokens+o.OutputTokens+o.OutputByPrompt[0] > 0 || !o.InputKnown {
		t.Errorf("the outcome of the second is %+v, expected a success that bills nothing", o)
	}
	if len(second.Attempts) > 0 || second.Status != 0 || second.Service != 0 || second.Protocol != "" || second.End.IsZero() || second.Sum() != 0 {
		t.Errorf("the second has figures of a request: %+v", second)
	}
	if other := c.Do(context.Background(), asking("b")); other.Cache.Source != cache.Server {
		t.Errorf("another prompt: %+v", other.Cache)
	}
	if again := c.Do(context.Background(), asking("a")); again.Cache.SavedOutput != 5 {
		t.Errorf("the third saves %d output tokens, expected as many as the second", again.Cache.SavedOutput)
	}
	c.ForgetAnswers()
	c.Do(context.Background(), asking("a"))
	if n := seen.Load(); n != 3 {
		t.Errorf("the server saw %d requests, expected one for each prompt and one after the cache was emptied", n)
	}
}

func TestOnlyWholeSuccessIsCached(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"an error":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) },
		"a rate limit":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) },
		"a half failure": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "half") },
		"a broken answer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			_, _ = w.Write([]byte("x"))
		},
		"no answer at all": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		var seen atomic.Int64
		address, _ := listen(t, "plain", func(w http.ResponseWriter, r *http.Request) {
			seen.Add(1)
			_, _ = io.Copy(io.Discard, r.Body)
			handler(w, r)
		})
		c := newClient(t, address, caching(10, true))
		for range 2 {
			if x := c.Do(context.Background(), asking("a")); x.Cache != (CacheUse{}) {
				t.Errorf("%s: %+v", name, x.Cache)
			}
		}
		if n := seen.Load(); n != 2 {
			t.Errorf("%s: %d requests, expected 2", name, n)
		}
	}
}

func TestCallsAreNotCached(t *testing.T) {
	var seen atomic.Int64
	address, _ := listen(t, "plain", statuses(&seen, http.StatusOK))
	c := newClient(t, address, caching(10, false))
	for range 2 {
		r, err := http.NewRequest(http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Do(context.Background(), Request{Phase: "batch", Call: &Call{Request: r, Judge: func(int, http.Header, []byte) target.Outcome { return target.Outcome{} }}})
	}
	if n := seen.Load(); n != 2 {
		t.Errorf("%d calls were sent, expected 2", n)
	}
}

// With single flight, requests that are equal to one under way wait for its answer; if it fails, the
// next of them asks.
func TestSingleFlight(t *testing.T) {
	var seen atomic.Int64
	held := make(chan struct{})
	address, _ := listen(t, "plain", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if seen.Add(1) == 1 {
			<-held
			w.WriteHeader(http.StatusBadRequest)
		}
	})
	c := newClient(t, address, caching(10, true))
	const requests = 5
	var all sync.WaitGroup
	var failed, asked, waited atomic.Int64
	send := func() {
		x := c.Do(context.Background(), asking("a"))
		switch {
		case x.Outcome.Class != target.Success:
			failed.Add(1)
		case len(x.Attempts) == 1:
			asked.Add(1)
		case x.Cache.Source == cache.Client && x.CacheWait > 0 && x.Sum() == x.CacheWait:
			waited.Add(1)
		}
	}
	all.Go(send)
	for seen.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	for range requests - 1 {
		all.Go(send)
	}
	time.Sleep(20 * time.Millisecond) // so that most of them wait; all is well if none does
	close(held)
	all.Wait()
	if seen.Load() != 2 || failed.Load() != 1 || asked.Load() != 1 || waited.Load() > requests-2 {
		t.Errorf("%d requests, %d failed, %d asked after that, %d waited", seen.Load(), failed.Load(), asked.Load(), waited.Load())
	}
}

func TestAWaitForAnEqualRequestCanBeCutOff(t *testing.T) {
	held, arrived := make(chan struct{}), make(chan struct{})
	address, _ := listen(t, "plain", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		close(arrived)
		<-held
	})
	c := newClient(t, address, caching(10, true))
	var first sync.WaitGroup
	first.Go(func() { c.Do(context.Background(), asking("a")) })
	<-arrived
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	x := c.Do(ctx, asking("a"))
	if x.Outcome.Class != target.CutOff || !strings.Contains(x.Outcome.Detail, "client.cache.single_flight") || len(x.Attempts) > 0 || x.End.IsZero() {
		t.Errorf("%+v", x.Outcome)
	}
	close(held)
	first.Wait()
}

// An answer that a cache on the way gave bills nothing, and says how old it is. The client's own cache
// knows from the answer when the content changes.
func TestACacheOnTheWay(t *testing.T) {
	header := http.Header{"X-Cache": {"HIT"}, "Age": {"7"}, cache.ContentHeader: {"version=1, changes_in_ms=-5"}}
	address, _ := listen(t, "plain", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		for name, values := range header {
			w.Header()[name] = values
		}
	})
	c := newClient(t, address, caching(10, false))
	x := c.Do(context.Background(), asking("a"))
	if use := x.Cache; use.Source != cache.Edge || use.Age != 7*time.Second || use.SavedInput != 3 || use.SavedOutput != 5 || use.Stale == nil || !*use.Stale {
		t.Errorf("the answer of the edge: %+v", use)
	}
	if x.Outcome.OutputTokens > 0 || x.Attempts[0].Cache.Source != cache.Edge {
		t.Errorf("%+v, %+v", x.Outcome, x.Attempts[0].Cache)
	}
	if use := c.Do(context.Background(), asking("a")).Cache; use.Source != cache.Client || use.SavedOutput != 5 || use.Stale == nil || !*use.Stale {
		t.Errorf("the same from the client's cache: %+v", use)
	}
	header = http.Header{"X-Cache": {"MISS"}, cache.ContentHeader: {"version=1, changes_in_ms=3600000"}}
	for i, want := range []cache.Source{cache.Server, cache.Client} {
		if use := c.Do(context.Background(), asking("b")).Cache; use.Source != want || use.Stale == nil || *use.Stale {
			t.Errorf("request %d: %+v", i, use)
		}
	}
}
