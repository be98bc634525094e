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

	"weighbridge/target"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// numbered is a source of the tokens 1, 2, …; each takes a second to fetch.
func numbered(life time.Duration, fetched *atomic.Int64) source {
	return source{remote: true, get: func(context.Context) (token, error) {
		time.Sleep(time.Second)
		return token{value: fmt.Sprint(fetched.Add(1)), life: life}, nil
	}}
}

// newTest returns a scheme that is closed at the end of the test.
func newTest(t *testing.T, s source, policy string, early time.Duration) *cached {
	t.Helper()
	c := newCached(s, refresh{policy: policy, early: early}, carrierOf(""), time.Now, &target.Redactor{})
	t.Cleanup(c.Close)
	return c
}

// authorizeOnce authorizes one request and returns the token it used.
func authorizeOnce(t *testing.T, c *cached) string {
	t.Helper()
	h := http.Header{}
	if err := c.Authorize(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	return carrierOf("").find(h)
}

// expectToken authorizes one request and checks which token it used.
func expectToken(t *testing.T, c *cached, when, want string) {
	t.Helper()
	if got := authorizeOnce(t, c); got != want {
		t.Errorf("%s the token is %s, want %s", when, got, want)
	}
}

// Under PolicyAhead a token is renewed before it expires although no request asks for one, and
// a request that comes during the fetch has the old one at once.
func TestAheadRenewsInTheBackground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newTest(t, numbered(time.Hour, &fetched), PolicyAhead, time.Minute)
		began := time.Now()
		expectToken(t, c, "at first", "1") // requested at 0 s, here at 1 s
		if waited := time.Since(began); waited != time.Second {
			t.Errorf("the first token took %v, want 1s", waited)
		}
		for hour := range 24 {
			time.Sleep(time.Until(began.Add(59*time.Minute + 500*time.Millisecond)))
			expectToken(t, c, "during the fetch", fmt.Sprint(hour+1))
			time.Sleep(time.Second)
			expectToken(t, c, "after the fetch", fmt.Sprint(hour+2))
			if waited := time.Since(began); waited != 59*time.Minute+1500*time.Millisecond {
				t.Fatalf("requests waited until %v", waited)
			}
			began = began.Add(59 * time.Minute)
		}
	})
}

func TestExpiredTokenIsNotUsed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		slow := numbered(time.Hour, &fetched)
		get := slow.get
		slow.get = func(ctx context.Context) (token, error) {
			if fetched.Load() > 0 {
				time.Sleep(time.Minute)
			}
			return get(ctx)
		}
		c := newTest(t, slow, PolicyAhead, time.Second)
		expectToken(t, c, "at first", "1")
		time.Sleep(time.Hour)
		began := time.Now() // the fetch began 2 s ago
		expectToken(t, c, "after expiry", "2")
		if waited := time.Since(began); waited != 59*time.Second {
			t.Errorf("waited %v, want 59s", waited)
		}
	})
}

func TestShortLivedTokenIsKeptForHalfItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newTest(t, numbered(10*time.Second, &fetched), PolicyAhead, 30*time.Second)
		expectToken(t, c, "at first", "1") // fetched at 0 s, here at 1 s
		time.Sleep(3 * time.Second)
		expectToken(t, c, "at 4 s", "1")
		synctest.Wait()
		if fetched.Load() != 1 {
			t.Fatalf("a token that lives 10 s was renewed after 4 s")
		}
		time.Sleep(1500 * time.Millisecond)
		expectToken(t, c, "at 5.5 s, during the fetch,", "1")
		time.Sleep(time.Second)
		expectToken(t, c, "at 6.5 s", "2")
	})
}

// A source that gives the same token until it has expired is not asked again and again.
func TestRenewalsOfOneTokenAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, began := 0, time.Now()
		c := newTest(t, source{get: func(context.Context) (token, error) {
			asked++
			hour := time.Since(began).Truncate(time.Hour)
			return token{value: hour.String(), life: time.Until(began.Add(hour + time.Hour))}, nil
		}}, PolicyAhead, 5*time.Minute)
		for range 3601 {
			authorizeOnce(t, c)
			time.Sleep(time.Second)
		}
		expectToken(t, c, "after an hour", "1h0m0s")
		if asked > 25 {
			t.Errorf("the source was asked %d times in an hour", asked)
		}
	})
}

// A token that expires before it is there serves the requests that wait for it.
func TestTokenThatExpiresOnTheWayIsUsedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newTest(t, numbered(time.Millisecond, &fetched), PolicyAhead, time.Minute)
		for _, want := range []string{"1", "2", "3"} {
			began := time.Now()
			expectToken(t, c, "each time", want)
			if waited := time.Since(began); waited > time.Second {
				t.Errorf("waited %v, want at most one fetch", waited)
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

// dead is a source that gives one token and then fails; it counts how often it is asked.
func dead(life time.Duration, asked *int) source {
	return source{remote: true, get: func(context.Context) (token, error) {
		if *asked++; *asked > 1 {
			return token{}, errors.New("down")
		}
		return token{value: "1", life: life}, nil
	}}
}

// A source that is down is asked less and less often, and requests fail at once with its error.
func TestDeadSourceIsLeftAlone(t *testing.T) {
	for _, policy := range []string{PolicyAhead, PolicyOn401} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			c := newTest(t, dead(time.Hour, &asked), policy, time.Minute)
			authorizeOnce(t, c)
			time.Sleep(time.Hour)
			h := http.Header{}
			carrierOf("").put(h, "1")
			c.Rejected(h)
			synctest.Wait() // for fetches under way
			before, began := asked, time.Now()
			for range 60_000 {
				if err := c.Authorize(context.Background(), h); err == nil {
					if policy == PolicyAhead {
						t.Fatal("an expired token was used")
					}
				} else if err.Error() != "down" {
					t.Fatal(err)
				}
				time.Sleep(time.Millisecond)
			}
			if waited := time.Since(began); waited != time.Minute {
				t.Errorf("%s: requests waited for the source, %v in all", policy, waited-time.Minute)
			}
			synctest.Wait()
			if most := 7; asked-before > most {
				t.Errorf("%s: the source was asked %d times in a minute, want at most %d", policy, asked-before, most)
			}
		})
	}
}

// A server that rejects every token does not cause a fetch for every request.
func TestRejectedTokensAreNotFetchedAgainAndAgain(t *testing.T) {
	for _, policy := range []string{PolicyAhead, PolicyOn401} {
		synctest.Test(t, func(t *testing.T) {
			asked := 0
			c := newTest(t, source{get: func(context.Context) (token, error) {
				asked++
				return token{value: fmt.Sprint(asked), life: time.Hour}, nil
			}}, policy, time.Minute)
			for range 60_000 {
				h := http.Header{}
				if err := c.Authorize(context.Background(), h); err != nil {
					t.Fatal(err)
				}
				c.Rejected(h)
				time.Sleep(time.Millisecond)
			}
			if most := 62; asked > most { // one a second
				t.Errorf("%s: %d tokens were fetched in a minute, want at most %d", policy, asked, most)
			}
		})
	}
}

// After a stall in which every token came too late, the first that the server accepts is there a second
// later, however long the stall was.
func TestTokensAreFetchedSoonAfterAStall(t *testing.T) {
	for _, policy := range []string{PolicyAhead, PolicyOn401} {
		synctest.Test(t, func(t *testing.T) {
			const stall = 100 * time.Second
			began, asked := time.Now(), 0
			c := newTest(t, source{get: func(context.Context) (token, error) {
				asked++
				return token{value: fmt.Sprint(asked), life: time.Hour}, nil
			}}, policy, time.Minute)
			answered := time.Duration(0)
			for answered == 0 && time.Since(began) < 2*stall {
				h := http.Header{}
				if err := c.Authorize(context.Background(), h); err != nil {
					t.Fatal(err)
				}
				if token := carrierOf("").find(h); time.Since(began) > stall && token == fmt.Sprint(asked) && !c.isRejected() {
					answered = time.Since(began)
				} else {
					c.Rejected(h)
				}
				time.Sleep(10 * time.Millisecond)
			}
			if answered == 0 || answered > stall+firstPause+100*time.Millisecond {
				t.Errorf("%s: the stall of %v was over, and the first answer came after %v", policy, stall, answered)
			}
		})
	}
}

// A token that is rejected after half its life has run out, and the next is fetched at once, however
// short lives are.
func TestShortLivesAreNoFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const life = 200 * time.Millisecond
		var asked, refused int
		var issued time.Time
		c := newTest(t, source{get: func(context.Context) (token, error) {
			asked++
			issued = time.Now()
			return token{value: fmt.Sprint(asked), life: life}, nil
		}}, PolicyOn401, 0)
		for range 1000 {
			h := http.Header{}
			if err := c.Authorize(context.Background(), h); err != nil {
				t.Fatal(err)
			}
			if time.Since(issued) >= life {
				refused++
				c.Rejected(h)
			}
			time.Sleep(10 * time.Millisecond)
		}
		if want := int(10 * time.Second / life); refused > want || asked < want-5 {
			t.Errorf("%d of 1000 requests were refused, and %d tokens fetched in 10 s, want about %d", refused, asked, want)
		}
	})
}

// isRejected reports whether the token in use is one that the server has rejected.
func (c *cached) isRejected() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.rejected
}

// Close ends a fetch under way, and leaves nothing running.
func TestCloseEndsAFetch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newTest(t, source{get: func(ctx context.Context) (token, error) {
			<-ctx.Done()
			return token{}, context.Cause(ctx)
		}}, PolicyAhead, time.Minute)
		done := make(chan error)
		go func() { done <- c.Authorize(context.Background(), http.Header{}) }()
		synctest.Wait()
		c.Close()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want the end of the context", err)
		}
		if err := c.Authorize(context.Background(), http.Header{}); !errors.Is(err, context.Canceled) {
			t.Errorf("after Close: %v", err)
		}
	})
}

func TestOn401KeepsTheTokenUntilItIsRejected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newTest(t, numbered(time.Hour, &fetched), PolicyOn401, time.Minute)
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
		c := newTest(t, numbered(time.Hour, &fetched), PolicyAhead, time.Minute)
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
		c := newTest(t, numbered(time.Hour, &fetched), PolicyAhead, time.Minute)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { expectToken(t, c, "for each", "1") })
		}
		wg.Wait()
		if cost := c.Cost(); cost != (Cost{Count: 1, Requests: 1, Total: time.Second, Life: time.Hour, Waits: 50}) {
			t.Errorf("cost %+v", cost)
		}
	})
}

func TestFailedFetchFailsItsWaitersAndIsRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		fails := true
		c := newTest(t, source{remote: true, get: func(context.Context) (token, error) {
			if fails {
				return token{}, down
			}
			return token{value: "1", life: time.Hour}, nil
		}}, PolicyAhead, time.Minute)
		if err := c.Authorize(context.Background(), http.Header{}); !errors.Is(err, down) {
			t.Errorf("%v, want the source's error", err)
		}
		fails = false
		time.Sleep(time.Second)
		expectToken(t, c, "after a successful fetch", "1")
		if cost := c.Cost(); cost.Count != 1 || cost.Requests != 2 {
			t.Errorf("cost %+v, want 2 requests for 1 token", cost)
		}
	})
}

func TestWaitingCallerCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var fetched atomic.Int64
		c := newTest(t, numbered(time.Hour, &fetched), PolicyAhead, time.Minute)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if err := c.Authorize(ctx, http.Header{}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the caller's own deadline", err)
		}
		expectToken(t, c, "for the next caller", "1")
	})
}
