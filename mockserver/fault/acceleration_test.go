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

func braked(a fault.Acceleration) *fault.Limiter {
	return fault.NewLimiter(fault.Limit{Acceleration: &a}, start)
}

// passed counts what a limiter lets through of requests that come every so often from one time to another.
func passed(l *fault.Limiter, from, to, every time.Duration) (n int) {
	for at := from; at < to; at += every {
		if ok, _, _ := l.Take(start.Add(at), 0, 0); ok {
			n++
		}
	}
	return n
}

// Under all that it can take, the rate doubles from window to window; a window
// without requests brings it back to the floor. The first second's burst, the
// bucket, comes on top.
func TestAccelerationRampsUp(t *testing.T) {
	limiter := braked(fault.Acceleration{Factor: 2, Window: 10 * time.Second, Floor: 10})
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
		if n := passed(limiter, window.from, window.to, ms); n < window.low || n > window.high {
			t.Errorf("from %v to %v it let %d through, want %d to %d", window.from, window.to, n, window.low, window.high)
		}
	}
}

func TestAccelerationFollowsWhatIsUsed(t *testing.T) {
	limiter := braked(fault.Acceleration{Factor: 3, Window: 10 * time.Second, Floor: 10})
	second := time.Second
	if n := passed(limiter, 0, 30*second, 100*ms); n != 300 {
		t.Errorf("of 300 requests at the floor %d went through", n)
	}
	// 10 a second were used, though 30 were allowed.
	if n := passed(limiter, 30*second, 40*second, ms); n < 300 || n > 331 {
		t.Errorf("after 10 a second it let %d through in 10 s, want 300 and a bucket of up to 30", n)
	}
}

// Idle time saves up one bucket at most, and does not move the windows.
func TestAccelerationAfterAPause(t *testing.T) {
	second := time.Second
	limiter := braked(fault.Acceleration{Factor: 2, Window: 10 * second, Floor: 10})
	if n := passed(limiter, 5*second, 5*second+ms, 10*time.Microsecond); n != 10 {
		t.Errorf("of 100 at once after 5 s it let %d through, want a bucket of 10", n)
	}
	if n := passed(limiter, 35*second, 40*second, ms); n < 59 || n > 60 {
		t.Errorf("half a window let %d through, want a bucket of 10 and 10 a second", n)
	}
	if n := passed(limiter, 40*second, 45*second, ms); n < 59 || n > 61 { // twice the 6 a second of the window before
		t.Errorf("half of the next window let %d through, want 12 a second", n)
	}
}

func TestAccelerationDefaults(t *testing.T) {
	given, left := braked(fault.Acceleration{Factor: 2, Window: 10 * time.Second, Floor: 10}), braked(fault.Acceleration{})
	for at := time.Duration(0); at < 25*time.Second; at += 7 * ms {
		okGiven, waitGiven, _ := given.Take(start.Add(at), 0, 0)
		okLeft, waitLeft, _ := left.Take(start.Add(at), 0, 0)
		if okGiven != okLeft || waitGiven != waitLeft {
			t.Fatalf("after %v: %v, %v given and %v, %v left out", at, okGiven, waitGiven, okLeft, waitLeft)
		}
	}
}

func TestAccelerationSaysHowLong(t *testing.T) {
	second := time.Second
	for _, test := range []struct {
		name  string
		brake fault.Acceleration
		taken []time.Duration // since start
		at    time.Duration
		want  time.Duration
	}{
		{"within the window", fault.Acceleration{Factor: 2, Window: 10 * second, Floor: 1}, []time.Duration{0}, 400 * ms, 600 * ms},
		{"in the next window, at its rate", fault.Acceleration{Factor: 4, Window: 1500 * ms, Floor: 1}, []time.Duration{0, second}, 1200 * ms, 425 * ms},
		{"beyond the next window, at the floor", fault.Acceleration{Factor: 2, Window: second, Floor: 0.1}, []time.Duration{0}, 500 * ms, 8500 * ms},
		{"for a clock gone backwards", fault.Acceleration{Factor: 2, Window: 10 * second, Floor: 1}, []time.Duration{second, second}, 0, 2 * second},
	} {
		t.Run(test.name, func(t *testing.T) {
			limiter := braked(test.brake)
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

// What a window lets through is bounded by the window before, as the doc says.
func TestAccelerationHoldsWhateverComes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		brake := *anyAcceleration(t)
		brake.Floor = min(brake.Floor, 100/brake.Window.Seconds()) // else the test takes long
		limiter := braked(brake)
		seconds := brake.Window.Seconds()
		rate, now := brake.Floor, time.Duration(0)
		for window := range 4 {
			let := 0
			// Gaps below what the rate brings, so that refusals are common.
			gap := rapid.Float64Range(0.2, 2).Draw(t, "gap") / rate
			for now < time.Duration(window+1)*brake.Window && let < 5000 {
				if ok, _, _ := limiter.Take(start.Add(now), 0, 0); ok {
					let++
				}
				now += time.Duration(gap*float64(time.Second)) + 1
			}
			bucket := max(1, rate*min(1, seconds))
			if most := rate*seconds + bucket; float64(let) > most+1e-6 {
				t.Fatalf("window %d let %d through, at most %v may", window, let, most)
			}
			now = max(now, time.Duration(window+1)*brake.Window)
			rate = max(brake.Floor, brake.Factor*min(rate, float64(let)/seconds))
		}
	})
}

// Waiting as long as told succeeds, a hair less does not, and so does waiting
// any longer, whatever the requests before were.
func TestAccelerationWaitIsTrue(t *testing.T) {
	refused := 0
	rapid.Check(t, func(t *rapid.T) {
		brake := *anyAcceleration(t)
		limiter := braked(brake)
		now := start
		for range 60 {
			now = now.Add(time.Duration(rapid.Float64Range(-0.5, 2).Draw(t, "elapsed") / brake.Floor * 1e9))
			ok, wait, _ := limiter.Take(now, 0, 0)
			if ok {
				continue
			}
			refused++
			if early, _, _ := limiter.Take(now.Add(wait-2*time.Microsecond), 0, 0); early {
				t.Fatalf("told to wait %v, but 2µs less would do", wait)
			}
			longer := time.Duration(rapid.SampledFrom([]int64{0, 0, 1, 1e3, 1e6, 1e9, 1e11}).Draw(t, "longer"))
			now = now.Add(wait + longer)
			if ok, again, _ := limiter.Take(now, 0, 0); !ok {
				t.Fatalf("told to wait %v, waited %v longer, then told %v more", wait, longer, again)
			}
		}
	})
	if refused == 0 {
		t.Error("nothing was ever refused")
	}
}

func TestAdoptKeepsTheRateReached(t *testing.T) {
	brake := fault.Acceleration{Factor: 2, Window: time.Second, Floor: 10}
	limiter := braked(brake)
	passed(limiter, 0, 4*time.Second, ms) // 80 a second in the last window
	same := brake
	limiter.Adopt(fault.Limit{Acceleration: &same}, start.Add(4*time.Second))
	if n := passed(limiter, 4*time.Second, 5*time.Second, ms); n < 159 || n > 161 {
		t.Errorf("the same brake, adopted, let %d through, want 160", n)
	}
	brake.Floor = 20
	limiter.Adopt(fault.Limit{Acceleration: &brake}, start.Add(5500*ms)) // 320 a second are allowed by now
	if n := passed(limiter, 5500*ms, 6500*ms, ms); n < 320 || n > 480 {
		t.Errorf("another floor let %d through, want 320 and what the bucket held", n)
	}
	brake.Floor = 1000
	limiter.Adopt(fault.Limit{Acceleration: &brake}, start.Add(6500*ms))
	if n := passed(limiter, 6500*ms, 7500*ms, ms); n < 999 {
		t.Errorf("a floor of 1000 let %d through", n)
	}
	limiter.Adopt(fault.Limit{}, start.Add(7500*ms))
	if n := passed(limiter, 7500*ms, 7600*ms, 10*time.Microsecond); n != 10_000 {
		t.Errorf("no brake let %d of 10000 through", n)
	}
}

// A request that a bucket refuses is none for the brake, and the other way round.
func TestBrakeAndBucketsTakeTogether(t *testing.T) {
	limiter := fault.NewLimiter(fault.Limit{
		Requests:     &fault.Bucket{Rate: 1, Burst: 2},
		InputTokens:  &fault.Bucket{Rate: 1, Burst: 10},
		Acceleration: &fault.Acceleration{Factor: 2, Window: time.Minute, Floor: 0.5},
	}, start)
	if ok, _, by := limiter.Take(start, 11, 0); ok || by != "input tokens" {
		t.Fatalf("more than the burst is let through, or refused by %q", by)
	}
	if ok, _, by := limiter.Take(start, 1, 0); !ok {
		t.Fatalf("what a bucket refused was counted by %s", by)
	}
	if ok, wait, by := limiter.Take(start, 1, 0); ok || wait != 2*time.Second || by != "acceleration" {
		t.Fatalf("got %v, %v by %q", ok, wait, by)
	}
	if got := limiter.Budgets(start)[0].Remaining; got != 1 {
		t.Errorf("%v requests are left after one, want 1", got)
	}
}
