package auth

import (
	"context"
	"fmt"
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

// emptyPost is a dialect that sends an empty POST.
type emptyPost struct{}

func (emptyPost) Request(ctx context.Context, base *url.URL, _ []string, _ int) (*http.Request, error) {
	return http.NewRequestWithContext(ctx, http.MethodPost, base.String(), nil)
}

// Judge finds nothing wrong.
func (emptyPost) Judge(int, http.Header, []byte, int) target.Outcome { return target.Outcome{} }

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

// While the token endpoint is slow, requests go on with the token they have: the endpoint
// answers only after all of them were answered.
func TestASlowTokenEndpointDelaysNoRequest(t *testing.T) {
	var ahead atomic.Int64 // how far the scheme's clock is ahead, in nanoseconds
	issued, entered, release := atomic.Int64{}, make(chan struct{}), make(chan struct{})
	var used [3]atomic.Int64
	base := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/oauth2/token" {
			var n int
			_, _ = fmt.Sscanf(r.Header.Get("Authorization"), "Bearer token-%d", &n)
			used[n].Add(1)
			return
		}
		n := issued.Add(1)
		if n == 2 {
			close(entered)
			<-release
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token": "token-%d", "token_type": "Bearer", "expires_in": 3600}`, n)
	})
	cfg := target.Client{Protocol: "http/1.1", InFlight: 4, Timeout: time.Minute, Keepalive: true, Retry: target.Retry{Policy: "none"}}
	pool, err := transport.NewConnections(cfg, nil, outbound.Dialer{})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	tokens := &http.Transport{}
	defer tokens.CloseIdleConnections()
	scheme, err := New(section("oauth"), Options{
		Base: base, Defaults: mockCredentials, Tokens: tokens, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer scheme.Close()
	client := transport.NewClient(transport.Options{
		Base: base, Dialect: emptyPost{}, Client: cfg, Connections: pool, Auth: scheme, Jitter: func() float64 { return 0 },
	})
	send := func() { client.Do(t.Context(), transport.Request{Prompts: []string{"hello"}}) }
	send()
	ahead.Store(int64(time.Hour - 10*time.Second)) // the token is valid, and due
	for range 50 {
		send()
	}
	<-entered
	for range 50 {
		send()
	}
	close(release)
	for scheme.Cost().Count < 2 {
		time.Sleep(time.Millisecond)
	}
	send()
	if first, second := used[1].Load(), used[2].Load(); first != 101 || second != 1 {
		t.Errorf("%d requests had the first token and %d the second, want 101 and 1", first, second)
	}
	if cost := scheme.Cost(); cost.Waits != 1 || cost.Requests != 2 {
		t.Errorf("cost %+v, want one wait, for the first token, and two requests", cost)
	}
}
