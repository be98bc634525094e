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

// always hits every request.
func always() fault.When { return fault.When{Share: 1} }

func failing(status int) func(mockserver.Config) (mockserver.Config, error) {
	return func(c mockserver.Config) (mockserver.Config, error) {
		c.Faults.Errors = fault.Errors{status: {When: always()}}
		return c, nil
	}
}

func change(t *testing.T, mock *mockserver.Server, by func(mockserver.Config) (mockserver.Config, error), ttl time.Duration) {
	t.Helper()
	if _, err := mock.Change(by, ttl); err != nil {
		t.Fatal(err)
	}
}

// A change with a time to live is a dead man's switch: nobody has to be there to take it back.
func TestChangesEndByThemselves(t *testing.T) {
	mock, now := frozen(t, free())
	status := func() int { return serve(mock, single(0)).Code }
	expect := func(when string, want int) {
		t.Helper()
		if got := status(); got != want {
			t.Errorf("%s: %d, want %d", when, got, want)
		}
	}
	expect("as made", 200)
	change(t, mock, failing(503), 10*time.Second)
	expect("changed for 10 s", 503)
	now.Advance(6 * time.Second)
	change(t, mock, failing(500), 10*time.Second)
	now.Advance(6 * time.Second)
	expect("renewed after 6 s, after 12 s", 500)
	now.Advance(4 * time.Second)
	expect("10 s after the renewal", 200)

	change(t, mock, failing(503), 0)
	now.Advance(time.Hour)
	expect("changed for good", 503)
	change(t, mock, failing(500), time.Second)
	expect("changed over that", 500)
	now.Advance(time.Second)
	expect("and back to what is for good", 503)
	mock.Restore()
	expect("restored", 200)
}

// What is changed for good while a change for a time holds is there after it.
func TestAChangeForGoodOutlivesOneForATime(t *testing.T) {
	mock, now := frozen(t, free())
	change(t, mock, failing(503), time.Second)
	change(t, mock, func(c mockserver.Config) (mockserver.Config, error) {
		c.Auth.Keys = []string{"other"}
		return c, nil
	}, 0)
	if got := serve(mock, single(0)).Code; got != 401 {
		t.Errorf("the key that is listed no more gets %d, want 401", got)
	}
	now.Advance(time.Second)
	if c := mock.Config(); len(c.Faults.Errors) != 0 || len(c.Auth.Keys) != 1 {
		t.Errorf("the change for a time left %+v", c)
	}
}

func TestAChangeIsWholeOrNothing(t *testing.T) {
	mock, _ := frozen(t, free())
	for _, by := range []func(mockserver.Config) (mockserver.Config, error){
		func(c mockserver.Config) (mockserver.Config, error) { c.Slots = 0; return failing(503)(c) },
		func(c mockserver.Config) (mockserver.Config, error) {
			c.Faults.Truncate.Share = 0.1
			return c, errors.New("no")
		},
		func(c mockserver.Config) (mockserver.Config, error) {
			c.Clock.Regions = map[string]mockserver.Skew{"nowhere": {}}
			return failing(503)(c)
		},
	} {
		if _, err := mock.Change(by, 0); err == nil {
			t.Error("a change that cannot be is taken")
		}
		if got := serve(mock, single(0)).Code; got != 200 {
			t.Fatalf("a change that was refused left %d", got)
		}
	}
}

// Requests in service and levels of buckets are no settings: a change of
// something else leaves them.
func TestAChangeKeepsWhatCounts(t *testing.T) {
	config := free()
	config.Limit.Requests = &mockserver.Bucket{Rate: 0, Burst: 3}
	config.Faults.FailFirst = fault.FailFirst{Times: 1, Status: 503}
	mock, _ := frozen(t, config)
	codes := []int{serve(mock, single(0)).Code, serve(mock, single(0)).Code}
	change(t, mock, func(c mockserver.Config) (mockserver.Config, error) { c.ServerTiming = false; return c, nil }, 0)
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

func TestClocksAreMovedWhileRunning(t *testing.T) {
	config := free()
	config.Clock.Regions = map[string]mockserver.Skew{"eu": {Offset: -time.Hour}}
	mock, now := frozen(t, config)
	token := signed(t, mock.Credentials().JWTSecret, now.Now(), 55*time.Minute)
	ask := func(region string) int {
		r := single(0)
		r.Header.Del("X-Api-Key")
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set(mockserver.RegionHeader, region)
		return serve(mock, r).Code
	}
	if here, eu := ask(""), ask("eu"); here != 200 || eu != 401 {
		t.Errorf("got %d here and %d where the clock is an hour behind, want 200 and 401", here, eu)
	}
	change(t, mock, func(c mockserver.Config) (mockserver.Config, error) {
		c.Clock.Offset = -time.Hour
		c.Clock.Regions = map[string]mockserver.Skew{"eu": {}}
		return c, nil
	}, 0)
	if here, eu := ask(""), ask("eu"); here != 401 || eu != 200 {
		t.Errorf("after both clocks were moved got %d here and %d there, want 401 and 200", here, eu)
	}
}

func TestChangesAndRequestsAtOnce(t *testing.T) {
	mock := newMock(t, free(), mockserver.Options{})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 50 {
				if i < 2 {
					change(t, mock, failing(500+i), time.Millisecond)
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

// signed is a JWT of that age's beginning and length.
func signed(t *testing.T, secret string, from time.Time, life time.Duration) string {
	t.Helper()
	claims := jwt.RegisteredClaims{IssuedAt: jwt.NewNumericDate(from), ExpiresAt: jwt.NewNumericDate(from.Add(life))}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString([]byte(secret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}
