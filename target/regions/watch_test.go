package regions

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMeasureChecksEachRegionThreeTimes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(2, Routing{Policy: Nearest}, Health{Timeout: time.Second, UnhealthyAfter: 3, HealthyAfter: 2}, DNS{})
		var checks atomic.Int32
		r.Measure(t.Context(), func(ctx context.Context, region int) bool {
			checks.Add(1)
			time.Sleep(time.Duration(90-80*region) * ms)
			return true
		})
		if n := checks.Load(); n != 6 {
			t.Errorf("%d checks", n)
		}
		if d, _ := r.Distance(1); d != 10*ms || r.Choose(time.Now(), 0, None) != 1 {
			t.Errorf("the nearer region is %v away, and %d is nearest", d, r.Choose(time.Now(), 0, None))
		}
	})
}

func TestWatchFollowsAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(2, Routing{Policy: Failover}, Health{Interval: 100 * ms, Timeout: 50 * ms, UnhealthyAfter: 2, HealthyAfter: 3, FailBack: 100 * ms}, DNS{})
		began := time.Now()
		stop := r.Watch(func(ctx context.Context, region int) bool {
			if at := time.Since(began); region == 0 && at >= 250*ms && at < 750*ms {
				<-ctx.Done() // it hangs
				return false
			}
			return true
		})
		defer stop()
		for _, row := range []struct {
			at   time.Duration
			want int
		}{{249 * ms, 0}, {449 * ms, 0}, {451 * ms, 1}, {1099 * ms, 1}, {1101 * ms, 0}} { // checks fail at 350 and 450, are well at 800, 900 and 1000
			time.Sleep(row.at - time.Since(began))
			if got := r.Choose(time.Now(), 0, None); got != row.want {
				t.Errorf("after %v region %d is chosen", row.at, got)
			}
		}
	})
}

func TestAStoppedCheckSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(1, Routing{Policy: Failover}, Health{Interval: 100 * ms, Timeout: time.Second, UnhealthyAfter: 1, HealthyAfter: 1}, DNS{})
		stop := r.Watch(func(ctx context.Context, _ int) bool {
			<-ctx.Done()
			return false
		})
		time.Sleep(150 * ms)
		stop()
		if !r.states[0].healthy(time.Now()) {
			t.Error("the check that was under way made the region unhealthy")
		}
	})
}
