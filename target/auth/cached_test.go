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

// numbered is a source of tokens 1, 2, … that each take a second to get.
func numbered(life time.Duration, got *atomic.Int64) source {
	return source{remote: true, get: func(context.Context) (token, error) {
		time.Sleep(time.Second)
		return token{value: fmt.Sprint(got.Add(1)), life: life}, nil
	}}
}

// use authorizes one request and says with which token.
func use(t *testing.T, c *cached) string {
	t.Helper()
	h := http.Header{}
	if err := c.Authorize(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	return bearerOf(h)
}

func expect(t *testing.T, c *cached, when, want string) {
	t.Helper()
	if got := use(t, c); got != want {
		t.Errorf("%s the token is %s, want %s", when, got, want)
	}
}

func TestAheadRenewsBesideTheTokenInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got atomic.Int64
		c := newCached(numbered(time.Hour, &got), PolicyAhead, time.Minute, time.Now)
		began := time.Now()
		expect(t, c, "at first", "1")
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("the first token took %v, want the second that the fetch takes", waited)
		}
		time.Sleep(58 * time.Minute)
		expect(t, c, "well before expiry", "1")
		time.Sleep(time.Minute + time.Second)
		began = time.Now()
		expect(t, c, "within a minute of expiry", "1")
		if waited := time.Since(began); waited != 0 {
			t.Errorf("the old token is still good, but its user waited %v", waited)
		}
		time.Sleep(2 * time.Second)
		expect(t, c, "after the fetch", "2")
		if got.Load() != 2 {
			t.Errorf("%d tokens were fetched, want 2", got.Load())
		}
	})
}

func TestAnExpiredTokenIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got atomic.Int64
		c := newCached(numbered(time.Hour, &got), PolicyAhead, time.Minute, time.Now)
		expect(t, c, "at first", "1")
		time.Sleep(2 * time.Hour)
		began := time.Now()
		expect(t, c, "after expiry", "2")
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("waited %v, want 1s", waited)
		}
	})
}

func TestAShortLivedTokenIsKeptForHalfItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got atomic.Int64
		c := newCached(numbered(10*time.Second, &got), PolicyAhead, 30*time.Second, time.Now)
		expect(t, c, "at first", "1") // fetched at 0 s, here at 1 s
		time.Sleep(3 * time.Second)
		expect(t, c, "at 4 s", "1")
		synctest.Wait()
		if got.Load() != 1 {
			t.Fatalf("a token of 10 s was renewed after 4 s")
		}
		time.Sleep(2 * time.Second)
		expect(t, c, "at 6 s", "1")
		time.Sleep(2 * time.Second)
		expect(t, c, "at 8 s", "2")
	})
}

func TestOn401KeepsTheTokenUntilItIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got atomic.Int64
		c := newCached(numbered(time.Hour, &got), PolicyOn401, time.Minute, time.Now)
		expect(t, c, "at first", "1")
		time.Sleep(3 * time.Hour)
		expect(t, c, "long after expiry", "1")
		h := http.Header{"Authorization": {"Bearer 1"}}
		if !c.Refused(h) {
			t.Error("a refused token is not worth another try")
		}
		expect(t, c, "after it was refused", "2")
		if !c.Refused(h) {
			t.Error("a late refusal of the old token is not worth another try")
		}
		expect(t, c, "after a late refusal of the old one", "2")
	})
}

func TestAheadDropsARefusedTokenForTheNextRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got atomic.Int64
		c := newCached(numbered(time.Hour, &got), PolicyAhead, time.Minute, time.Now)
		expect(t, c, "at first", "1")
		if c.Refused(http.Header{"Authorization": {"Bearer 1"}}) {
			t.Error("under ahead a refused request asks for another try")
		}
		expect(t, c, "after a refusal", "2")
	})
}

func TestManyCallersShareOneFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got atomic.Int64
		c := newCached(numbered(time.Hour, &got), PolicyAhead, time.Minute, time.Now)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { expect(t, c, "for each", "1") })
		}
		wg.Wait()
		if cost := c.Cost(); cost != (Cost{Count: 1, Requests: 1, Total: time.Second, Life: time.Hour}) {
			t.Errorf("it cost %+v", cost)
		}
	})
}

func TestAFailedFetchFailsThoseWhoWaitAndIsTriedAgain(t *testing.T) {
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
		expect(t, c, "once it is up", "1")
		if cost := c.Cost(); cost.Count != 1 || cost.Requests != 2 {
			t.Errorf("it cost %+v, want 2 requests for 1 token", cost)
		}
	})
}

func TestAWaitingCallerMayGiveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got atomic.Int64
		c := newCached(numbered(time.Hour, &got), PolicyAhead, time.Minute, time.Now)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if err := c.Authorize(ctx, http.Header{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the caller's own deadline", err)
		}
		expect(t, c, "for the next caller, by the fetch under way", "1")
	})
}
