package regions

import (
	"context"
	"sync"
	"time"
)

// Check checks a region, until ctx ends. It reports whether the region is well.
type Check func(ctx context.Context, region int) bool

// firstChecks is how often each region is checked before the load.
const firstChecks = 3

// Measure checks every region a few times, which measures how near they are.
func (r *Router) Measure(ctx context.Context, check Check) {
	var all sync.WaitGroup
	for region := range r.states {
		all.Go(func() {
			for range firstChecks {
				if ctx.Err() == nil {
					r.once(ctx, region, check)
				}
			}
		})
	}
	all.Wait()
}

// Watch checks every region once in each interval, until stop is called, which waits for the checks
// to end. Without an interval it checks nothing.
func (r *Router) Watch(check Check) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	if r.config.Health.Interval > 0 {
		for region := range r.states {
			all.Go(func() { r.watch(ctx, region, check) })
		}
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// watch checks a region at the multiples of the interval. While a check
// takes longer than that, the checks that would be due are skipped.
func (r *Router) watch(ctx context.Context, region int, check Check) {
	ticker := time.NewTicker(r.config.Health.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			r.once(ctx, region, check)
		case <-ctx.Done():
			return
		}
	}
}

// once makes one check. One that the end of ctx cut short says nothing.
func (r *Router) once(ctx context.Context, region int, check Check) {
	limited, cancel := context.WithTimeout(ctx, r.config.Health.Timeout)
	defer cancel()
	began := time.Now()
	well := check(limited, region)
	if ctx.Err() == nil {
		ended := time.Now()
		r.Checked(region, ended, ended.Sub(began), well && limited.Err() == nil)
	}
}
