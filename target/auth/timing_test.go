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
	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

// emptyPost is a dialect that sends an empty POST and judges nothing.
type emptyPost struct{ target.Dialect }

func (emptyPost) Request(ctx context.Context, base *url.URL, _ []string, _ int) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodPost, base.String(), nil)
}

// No server listens, so a request spends time only on its credential: up to one
// second if it fetches a token or waits for that fetch, none once one is cached.
func TestFetchingATokenIsTimedAsAuth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := target.Client{Protocol: "http/1.1", InFlight: 2, Timeout: time.Minute, Retry: target.Retry{Policy: "none"}}
		pool, err := transport.NewConnections(cfg, nil, outbound.Dialer{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(pool.Close)
		var fetched atomic.Int64
		client := transport.NewClient(transport.Options{
			Base: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, Dialect: emptyPost{}, Client: cfg, Connections: pool,
			Auth: newTest(t, numbered(time.Hour, &fetched), PolicyAhead, time.Minute), Jitter: func() float64 { return 0 },
		})
		authTime := func() time.Duration {
			return client.Do(context.Background(), transport.Request{Prompts: []string{"hello"}}).Auth
		}
		waits := make(chan time.Duration)
		go func() { waits <- authTime() }()
		time.Sleep(400 * time.Millisecond)
		go func() { waits <- authTime() }()
		a, b := <-waits, <-waits
		if first, second := max(a, b), min(a, b); first != time.Second || second != 600*time.Millisecond {
			t.Errorf("the request that fetches waits %v and the one that joins it %v, want 1s and 600ms", first, second)
		}
		if wait := authTime(); wait != 0 {
			t.Errorf("a request with a cached token waits %v", wait)
		}
		if fetched.Load() != 1 {
			t.Errorf("%d tokens were fetched, want 1", fetched.Load())
		}
	})
}
