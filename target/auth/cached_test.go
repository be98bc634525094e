package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// numbered is a source of the tokens 1, 2, …; each takes a second to fetch.
func numbered(life time.Duration, fetched *atomic.Int64) source {
	return source{remote: true, get: func(context.Context) (token, error) {
		time.Sleep(time.Second)
		return token{value: fmt.Sprint(fetched.Add(1)), life: life}, nil
	}}
}

// authorizeOnce authorizes one request and returns the token it used.
func authorizeOnce(t *testing.T, c *cached) string {
	t.Helper()
	h := http.Header{}
	if err := c.Authorize(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	return bearerOf(h)
}

// expectToken authorizes one request and checks which token it used.
func expectToken(t *testing.T, c *cached, when, want string) {
	t.Helper()
	if got := authorizeOnce(t, c); got != want {
		t.Errorf("%s the token is %s, want %s", when, got, want)
	}
}

func TestAheadRenewsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newCached(numbered(time.Hour, &fetched), PolicyAhead, time.Minute, time.Now)
		began := time.Now()
		expectToken(t, c, "at first", "1")
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("the first token took %v, want 1s", waited)
		}
		time.Sleep(58 * time.Minute)
		expectToken(t, c, "well before expiry", "1")
		time.Sleep(time.Minute + time.Second)
		began = time.Now()
		expectToken(t, c, "within a minute of expiry", "1")
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the old token is still valid, but the request waited %v", waited)
		}
		time.Sleep(2 * time.Second)
		expectToken(t, c, "after the fetch", "2")
		if fetched.Load() != 2 {
			t.Errorf("%d tokens were fetched, want 2", fetched.Load())
		}
	})
}

func TestExpiredTokenIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newCached(numbered(time.Hour, &fetched), PolicyAhead, time.Minute, time.Now)
		expectToken(t, c, "at first", "1")
		time.Sleep(2 * time.Hour)
		began := time.Now()
		expectToken(t, c, "after expiry", "2")
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("waited %v, want 1s", waited)
		}
	})
}

func TestShortLivedTokenIsKeptForHalfItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newCached(numbered(10*time.Second, &fetched), PolicyAhead, 30*time.Second, time.Now)
		expectToken(t, c, "at first", "1") // fetched at 0 s, here at 1 s
		time.Sleep(3 * time.Second)
		expectToken(t, c, "at 4 s", "1")
		synctest.Wait()
		if fetched.Load() != 1 {
			t.Fatalf("a token that lives 10 s was renewed after 4 s")
		}
		time.Sleep(2 * time.Second)
		expectToken(t, c, "at 6 s", "1")
		time.Sleep(2 * time.Second)
		expectToken(t, c, "at 8 s", "2")
	})
}

func TestOn401KeepsTheTokenUntilItIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newCached(numbered(time.Hour, &fetched), PolicyOn401, time.Minute, time.Now)
		expectToken(t, c, "at first", "1")
		time.Sleep(3 * time.Hour)
		expectToken(t, c, "long after expiry", "1")
		h := http.Header{"Authorization": {"Bearer 1"}}
		if !c.Rejected(h) {
			t.Error("Rejected of the token in use asks for no retry")
		}
		expectToken(t, c, "after it was rejected", "2")
		if !c.Rejected(h) {
			t.Error("Rejected of an old token asks for no retry")
		}
		expectToken(t, c, "after the old token was rejected late", "2")
	})
}

func TestAheadDropsARejectedTokenForTheNextRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newCached(numbered(time.Hour, &fetched), PolicyAhead, time.Minute, time.Now)
		expectToken(t, c, "at first", "1")
		if c.Rejected(http.Header{"Authorization": {"Bearer 1"}}) {
			t.Error("under PolicyAhead, Rejected asks for a retry")
		}
		expectToken(t, c, "after a rejection", "2")
	})
}

func TestConcurrentCallersShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newCached(numbered(time.Hour, &fetched), PolicyAhead, time.Minute, time.Now)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { expectToken(t, c, "for each", "1") })
		}
		wg.Wait()
		if cost := c.Cost(); cost != (Cost{Count: 1, Requests: 1, Total: time.Second, Life: time.Hour}) {
			t.Errorf("cost %+v", cost)
		}
	})
}

func TestFailedFetchFailsItsWaitersAndIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		fails := true
		c := newCached(source{remote: true, get: func(context.Context) (token, error) {
			if fails {
				return token{}, down
			}
			return token{value: "1", life: time.Hour}, nil
		}}, PolicyAhead, time.Minute, time.Now)
		if err := c.Authorize(context.Background(), http.Header{}); !errors.Is(err, down) {
			t.Errorf("%v, want the source's error", err)
		}
		fails = false
		expectToken(t, c, "after a successful fetch", "1")
		if cost := c.Cost(); cost.Count != 1 || cost.Requests != 2 {
			t.Errorf("cost %+v, want 2 requests for 1 token", cost)
		}
	})
}

func TestWaitingCallerCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newCached(numbered(time.Hour, &fetched), PolicyAhead, time.Minute, time.Now)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if err := c.Authorize(ctx, http.Header{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the caller's own deadline", err)
		}
		expectToken(t, c, "for the next caller", "1")
	})
}
