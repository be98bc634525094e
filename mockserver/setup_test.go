package mockserver_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"weighbridge/mockserver"
	"weighbridge/mockserver/fault"
)

// everyRequest hits every request.
func everyRequest() fault.When { return fault.When{Share: 1} }

func failWith(status int) func(mockserver.Config) (mockserver.Config, error) {
	return func(c mockserver.Config) (mockserver.Config, error) {
		c.Faults.Errors = fault.Errors{status: {When: everyRequest()}}
		return c, nil
	}
}

func mustChange(t *testing.T, mock *mockserver.Server, by func(mockserver.Config) (mockserver.Config, error), ttl time.Duration) {
	t.Helper()
	if _, err := mock.Change(by, ttl); err != nil {
		t.Fatal(err)
	}
}

// A change with a time to live is undone even if its client is gone.
func TestTemporaryChangesExpire(t *testing.T) {
	mock, now := newFrozenMock(t, newFreeConfig())
	status := func() int { return serve(mock, single(0)).Code }
	expect := func(when string, want int) {
		t.Helper()
		if got := status(); got != want {
			t.Errorf("%s: %d, want %d", when, got, want)
		}
	}
	expect("initially", 200)
	mustChange(t, mock, failWith(503), 10*time.Second)
	expect("changed for 10 s", 503)
	now.Advance(6 * time.Second)
	mustChange(t, mock, failWith(500), 10*time.Second)
	now.Advance(6 * time.Second)
	expect("renewed after 6 s, after 12 s", 500)
	now.Advance(4 * time.Second)
	expect("10 s after the renewal", 200)

	mustChange(t, mock, failWith(503), 0)
	now.Advance(time.Hour)
	expect("changed permanently", 503)
	mustChange(t, mock, failWith(500), time.Second)
	expect("changed temporarily", 500)
	now.Advance(time.Second)
	expect("reverted to the permanent change", 503)
	mock.Restore()
	expect("restored", 200)
}

// A permanent change during a temporary one remains after that has expired.
func TestPermanentChangeOutlivesATemporaryOne(t *testing.T) {
	mock, now := newFrozenMock(t, newFreeConfig())
	mustChange(t, mock, failWith(503), time.Second)
	mustChange(t, mock, func(c mockserver.Config) (mockserver.Config, error) {
		c.Auth.Keys = []string{"other"}
		return c, nil
	}, 0)
	if got := serve(mock, single(0)).Code; got != 401 {
		t.Errorf("a key that is no longer listed gets %d, want 401", got)
	}
	now.Advance(time.Second)
	if c := mock.Config(); len(c.Faults.Errors) != 0 || len(c.Auth.Keys) != 1 {
		t.Errorf("after the temporary change the config is %+v", c)
	}
}

func TestChangesAreAtomic(t *testing.T) {
	mock, _ := newFrozenMock(t, newFreeConfig())
	for _, by := range []func(mockserver.Config) (mockserver.Config, error){
		func(c mockserver.Config) (mockserver.Config, error) { c.Slots = 0; return failWith(503)(c) },
		func(c mockserver.Config) (mockserver.Config, error) {
			c.Faults.Truncate.Share = 0.1
			return c, errors.New("no")
		},
		func(c mockserver.Config) (mockserver.Config, error) {
			c.Clock.Regions = map[string]mockserver.Skew{"nowhere": {}}
			return failWith(503)(c)
		},
	} {
		if _, err := mock.Change(by, 0); err == nil {
			t.Error("an invalid change was accepted")
		}
		if got := serve(mock, single(0)).Code; got != 200 {
			t.Fatalf("after a refused change a request gets %d", got)
		}
	}
}

// Changing one setting does not reset the levels of buckets or the count of fail_first.
func TestChangesKeepState(t *testing.T) {
	config := newFreeConfig()
	config.Limit.Requests = &mockserver.Bucket{Rate: 0, Burst: 3}
	config.Faults.FailFirst = fault.FailFirst{Times: 1, Status: 503}
	mock, _ := newFrozenMock(t, config)
	codes := []int{serve(mock, single(0)).Code, serve(mock, single(0)).Code}
	mustChange(t, mock, func(c mockserver.Config) (mockserver.Config, error) { c.ServerTiming = false; return c, nil }, 0)
	for range 3 {
		codes = append(codes, serve(mock, single(0)).Code)
	}
	want := []int{503, 200, 200, 200, 429}
	for i := range want {
		if codes[i] != want[i] {
			t.Fatalf("got %v, want %v", codes, want)
		}
	}
	mock.Reset()
	if got := serve(mock, single(0)).Code; got != 503 {
		t.Errorf("after a reset the first request gets %d, want 503 again", got)
	}
	if got := readLedger(t, mock); got.Attempts != 1 {
		t.Errorf("after a reset the ledger has %d attempts, want 1", got.Attempts)
	}
}

func TestClocksCanBeSetWhileRunning(t *testing.T) {
	config := newFreeConfig()
	config.Clock.Regions = map[string]mockserver.Skew{"eu": {Offset: -time.Hour}}
	mock, now := newFrozenMock(t, config)
	token := newJWT(t, mock.Credentials().JWTSecret, now.Now(), 55*time.Minute)
	ask := func(region string) int {
		r := single(0)
		r.Header.Del("X-Api-Key")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set(mockserver.RegionHeader, region)
		return serve(mock, r).Code
	}
	if here, eu := ask(""), ask("eu"); here != 200 || eu != 401 {
		t.Errorf("got %d here and %d in the region whose clock is an hour behind, want 200 and 401", here, eu)
	}
	mustChange(t, mock, func(c mockserver.Config) (mockserver.Config, error) {
		c.Clock.Offset = -time.Hour
		c.Clock.Regions = map[string]mockserver.Skew{"eu": {}}
		return c, nil
	}, 0)
	if here, eu := ask(""), ask("eu"); here != 401 || eu != 200 {
		t.Errorf("after setting both clocks got %d here and %d there, want 401 and 200", here, eu)
	}
}

func TestConcurrentChangesAndRequests(t *testing.T) {
	mock := newMock(t, newFreeConfig(), mockserver.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				if i < 2 {
					mustChange(t, mock, failWith(500+i), time.Millisecond)
					continue
				}
				if code := serve(mock, single(0)).Code; code != 200 && code != 500 && code != 501 {
					t.Errorf("got %d", code)
				}
			}
		})
	}
	wg.Wait()
	if got := readLedger(t, mock); got.Attempts != 300 {
		t.Errorf("the ledger has %d attempts, want 300", got.Attempts)
	}
}

// newJWT returns a JWT with the given iat and lifetime.
func newJWT(t *testing.T, secret string, from time.Time, lifetime time.Duration) string {
	t.Helper()
	claims := jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(from), ExpiresAt: jwt.NewNumericDate(from.Add(lifetime))}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}
