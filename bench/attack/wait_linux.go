package attack

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// maxSleep is the longest single sleep in the kernel, which ctx cannot interrupt.
const maxSleep = 20 * time.Millisecond

// waitUntil waits until the given time and returns true, or returns false within 20 ms
// after ctx ends. It sleeps in the kernel to an absolute deadline: timers of the Go
// runtime fire about 0.3 ms late.
func waitUntil(ctx context.Context, at time.Time) bool {
	for {
		if ctx.Err() != nil {
			return false
		}
		left := time.Until(at)
		if left <= 0 {
			return true
		}
		sleepKernel(min(left, maxSleep))
	}
}

// sleepKernel sleeps for d by the monotonic clock.
func sleepKernel(d time.Duration) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		time.Sleep(d)
		return
	}
	deadline := unix.NsecToTimespec(now.Nano() + int64(d))
	for errors.Is(unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &deadline, nil), unix.EINTR) {
	}
}
