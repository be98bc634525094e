package auth

import (
	"context"
	"net/http"
	"net/url"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weighbridge/target"
	"weighbridge/target/transport"
)

// posts is a dialect that only asks.
type posts struct{ target.Dialect }

func (posts) Request(ctx context.Context, base *url.URL, _ []string, _ int) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodPost, base.String(), nil)
}

// Nobody listens: what a request spends is its credential alone, a second for
// whoever fetches it or waits for that fetch, and nothing once it is kept.
func TestAFetchedTokenIsTheAuthPartAndAKeptOneIsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := target.Client{Protocol: "http/1.1", InFlight: 2, Timeout: time.Minute, Retry: target.Retry{Policy: "none"}}
		pool, err := transport.NewConnections(cfg, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		var got atomic.Int64
		client := transport.NewClient(transport.Options{
			Base: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, Dialect: posts{}, Client: cfg, Connections: pool,
			Auth: newCached(numbered(time.Hour, &got), PolicyAhead, time.Minute, time.Now), Jitter: func() float64 { return 0 },
		})
		ask := func() time.Duration {
			return client.Do(context.Background(), transport.Request{Prompts: []string{"hello"}}).Auth
		}
		waits := make(chan time.Duration)
		go func() { waits <- ask() }()
		time.Sleep(400 * time.Millisecond)
		go func() { waits <- ask() }()
		a, b := <-waits, <-waits
		if first, second := max(a, b), min(a, b); first != time.Second || second != 600*time.Millisecond {
			t.Errorf("the first waits %v and the one that joins it %v, want 1s and 600ms", first, second)
		}
		if kept := ask(); kept != 0 {
			t.Errorf("a token that is kept costs %v", kept)
		}
		if got.Load() != 1 {
			t.Errorf("%d tokens were fetched", got.Load())
		}
	})
}
