package fault_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"weighbridge/mockserver/fault"
)

func anyAcceleration(t *rapid.T) *fault.Acceleration {
	return &fault.Acceleration{
		Factor: rapid.Float64Range(1.01, 20).Draw(t, "factor"),
		Window: time.Duration(rapid.Int64Range(1e6, 20e9).Draw(t, "window")),
		Floor:  rapid.Float64Range(0.01, 1000).Draw(t, "floor"),
	}
}

func newAccelerationLimiter(a fault.Acceleration) *fault.Limiter {
	return fault.NewLimiter(fault.Limit{Acceleration: &a}, start)
}

// countAllowed counts how many requests a limiter allows if one arrives at every interval of every.
func countAllowed(l *fault.Limiter, from, to, every time.Duration) (n int) {
	for at := from; at < to; at += every {
		if ok, _, _ := l.Take(start.Add(at), 0, 0); ok {
			n++
		}
	}
	return n
}

// Under full load the rate doubles from window to window; a window without requests
// resets it to the floor. The content of the bucket comes in addition.
func TestAccelerationRampsUp(t *testing.T) {
	limiter := newAccelerationLimiter(fault.Acceleration{Factor: 2, Window: 10 * time.Second, Floor: 10})
	second := time.Second
	for _, window := range []struct {
		from, to  time.Duration
		low, high int
	}{
		{0, 10 * second, 109, 110},
		{10 * second, 20 * second, 199, 201},
		{20 * second, 30 * second, 399, 401},
		{30 * second, 40 * second, 799, 801},
		{50 * second, 60 * second, 109, 111},
		{60 * second, 70 * second, 199, 201},
	} {
		if n := countAllowed(limiter, window.from, window.to, ms); n < window.low || n > window.high {
			t.Errorf("from %v to %v it allowed %d requests, want %d to %d", window.from, window.to, n, window.low, window.high)
		}
	}
}

func TestAccelerationFollowsTheUsedRate(t *testing.T) {
	limiter := newAccelerationLimiter(fault.Acceleration{Factor: 3, Window: 10 * time.Second, Floor: 10})
	second := time.Second
	if n := countAllowed(limiter, 0, 30*second, 100*ms); n != 300 {
		t.Errorf("of 300 requests at the floor rate %d were allowed", n)
	}
	// 10 per second were used, although 30 were allowed.
	if n := countAllowed(limiter, 30*second, 40*second, ms); n < 300 || n > 331 {
		t.Errorf("after 10 requests/s it allowed %d in 10 s, want 300 and a bucket of up to 30", n)
	}
}

// A pause fills the bucket but not more, and does not move the windows.
func TestAccelerationAfterAPause(t *testing.T) {
	second := time.Second
	limiter := newAccelerationLimiter(fault.Acceleration{Factor: 2, Window: 10 * second, Floor: 10})
	if n := countAllowed(limiter, 5*second, 5*second+ms, 10*time.Microsecond); n != 10 {
		t.Errorf("of 100 requests at once after 5 s it allowed %d, want a bucket of 10", n)
	}
	if n := countAllowed(limiter, 35*second, 40*second, ms); n < 59 || n > 60 {
		t.Errorf("half a window allowed %d requests, want a bucket of 10 and 10/s", n)
	}
	if n := countAllowed(limiter, 40*second, 45*second, ms); n < 59 || n > 61 { // twice the 6/s of the previous window
		t.Errorf("half of the next window allowed %d requests, want 12/s", n)
	}
}

func TestAccelerationDefaults(t *testing.T) {
	explicit, byDefault := newAccelerationLimiter(fault.Acceleration{Factor: 2, Window: 10 * time.Second, Floor: 10}), newAccelerationLimiter(fault.Acceleration{})
	for at := time.Duration(0); at < 25*time.Second; at += 7 * ms {
		okExplicit, waitExplicit, _ := explicit.Take(start.Add(at), 0, 0)
		okDefault, waitDefault, _ := byDefault.Take(start.Add(at), 0, 0)
		if okExplicit != okDefault || waitExplicit != waitDefault {
			t.Fatalf("after %v: %v, %v with explicit values and %v, %v by default", at, okExplicit, waitExplicit, okDefault, waitDefault)
		}
	}
}

func TestAccelerationWait(t *testing.T) {
	second := time.Second
	for _, test := range []struct {
		name  string
		limit fault.Acceleration
		taken []time.Duration // since start
		at    time.Duration
		want  time.Duration
	}{
		{"within the window", fault.Acceleration{Factor: 2, Window: 10 * second, Floor: 1}, []time.Duration{0}, 400 * ms, 600 * ms},
		{"in the next window, at its rate", fault.Acceleration{Factor: 4, Window: 1500 * ms, Floor: 1}, []time.Duration{0, second}, 1200 * ms, 425 * ms},
		{"beyond the next window, at the floor", fault.Acceleration{Factor: 2, Window: second, Floor: 0.1}, []time.Duration{0}, 500 * ms, 8500 * ms},
		{"with a clock that went backwards", fault.Acceleration{Factor: 2, Window: 10 * second, Floor: 1}, []time.Duration{second, second}, 0, 2 * second},
	} {
		t.Run(test.name, func(t *testing.T) {
			limiter := newAccelerationLimiter(test.limit)
			for _, at := range test.taken {
				limiter.Take(start.Add(at), 0, 0)
			}
			ok, wait, by := limiter.Take(start.Add(test.at), 0, 0)
			if off := (wait - test.want).Abs(); ok || by != "acceleration" || off > 2*time.Microsecond {
				t.Errorf("got %v, %v by %q, want to wait %v", ok, wait, by, test.want)
			}
		})
	}
}

// The number of requests allowed in a window is bounded as Acceleration's doc says.
func TestAccelerationBoundsEveryWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		limit := *anyAcceleration(t)
		limit.Floor = min(limit.Floor, 100/limit.Window.Seconds()) // otherwise the test would take long
		limiter := newAccelerationLimiter(limit)
		seconds := limit.Window.Seconds()
		rate, now := limit.Floor, time.Duration(0)
		for window := range 4 {
			allowed := 0
			// Often shorter than the rate allows, so that refusals are common.
			gap := rapid.Float64Range(0.2, 2).Draw(t, "gap") / rate
			for now < time.Duration(window+1)*limit.Window && allowed < 5000 {
				if ok, _, _ := limiter.Take(start.Add(now), 0, 0); ok {
					allowed++
				}
				now += time.Duration(gap*float64(time.Second)) + 1
			}
			bucket := max(1, rate*min(1, seconds))
			if most := rate*seconds + bucket; float64(allowed) > most+1e-6 {
				t.Fatalf("window %d allowed %d requests, want at most %v", window, allowed, most)
			}
			now = max(now, time.Duration(window+1)*limit.Window)
			rate = max(limit.Floor, limit.Factor*min(rate, float64(allowed)/seconds))
		}
	})
}

// After any sequence of requests, a request after the returned wait, or later, is
// allowed, and one slightly earlier is not.
func TestAccelerationWaitIsExact(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		limit := *anyAcceleration(t)
		limiter := newAccelerationLimiter(limit)
		now := start
		for range 60 {
			now = now.Add(time.Duration(rapid.Float64Range(-0.5, 2).Draw(t, "elapsed") / limit.Floor * 1e9))
			ok, wait, _ := limiter.Take(now, 0, 0)
			if ok {
				continue
			}
			refused++
			if early, _, _ := limiter.Take(now.Add(wait-2*time.Microsecond), 0, 0); early {
				t.Fatalf("the wait is %v, but 2µs less is enough", wait)
			}
			longer := time.Duration(rapid.SampledFrom([]int64{0, 0, 1, 1e3, 1e6, 1e9, 1e11}).Draw(t, "longer"))
			now = now.Add(wait + longer)
			if ok, again, _ := limiter.Take(now, 0, 0); !ok {
				t.Fatalf("the wait was %v; after that and %v it is %v", wait, longer, again)
			}
		}
	})
	if refused == 0 {
		t.Error("no request was ever refused")
	}
}

func TestConfigureKeepsTheReachedRate(t *testing.T) {
	limit := fault.Acceleration{Factor: 2, Window: time.Second, Floor: 10}
	limiter := newAccelerationLimiter(limit)
	countAllowed(limiter, 0, 4*time.Second, ms) // 80/s in the last window
	same := limit
	limiter.Configure(fault.Limit{Acceleration: &same}, start.Add(4*time.Second))
	if n := countAllowed(limiter, 4*time.Second, 5*time.Second, ms); n < 159 || n > 161 {
		t.Errorf("after Configure with the same limit it allowed %d requests, want 160", n)
	}
	limit.Floor = 20
	limiter.Configure(fault.Limit{Acceleration: &limit}, start.Add(5500*ms)) // 320/s are allowed by now
	if n := countAllowed(limiter, 5500*ms, 6500*ms, ms); n < 320 || n > 480 {
		t.Errorf("with another floor it allowed %d requests, want 320 and the content of the bucket", n)
	}
	limit.Floor = 1000
	limiter.Configure(fault.Limit{Acceleration: &limit}, start.Add(6500*ms))
	if n := countAllowed(limiter, 6500*ms, 7500*ms, ms); n < 999 {
		t.Errorf("with a floor of 1000 it allowed %d requests", n)
	}
	limiter.Configure(fault.Limit{}, start.Add(7500*ms))
	if n := countAllowed(limiter, 7500*ms, 7600*ms, 10*time.Microsecond); n != 10_000 {
		t.Errorf("without a limit it allowed %d of 10000 requests", n)
	}
}

// A request that a bucket refuses does not count for the acceleration limit, and vice versa.
func TestAccelerationAndBucketsTakeTogether(t *testing.T) {
	limiter := fault.NewLimiter(fault.Limit{
		Requests:     &fault.Bucket{Rate: 1, Burst: 2},
		InputTokens:  &fault.Bucket{Rate: 1, Burst: 10},
		Acceleration: &fault.Acceleration{Factor: 2, Window: time.Minute, Floor: 0.5},
	}, start)
	if ok, _, by := limiter.Take(start, 11, 0); ok || by != "input tokens" {
		t.Fatalf("more than the burst: got %v, refused by %q", ok, by)
	}
	if ok, _, by := limiter.Take(start, 1, 0); !ok {
		t.Fatalf("a request that another bucket refused was counted by %s", by)
	}
	if ok, wait, by := limiter.Take(start, 1, 0); ok || wait != 2*time.Second || by != "acceleration" {
		t.Fatalf("got %v, %v by %q", ok, wait, by)
	}
	if got := limiter.Budgets(start)[0].Remaining; got != 1 {
		t.Errorf("%v requests are left after one, want 1", got)
	}
}
