package attack

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// longestSleep bounds one sleep in the kernel, which cannot be interrupted by ctx.
const longestSleep = 20 * time.Millisecond

// waitUntil returns true at the moment given, or false soon after ctx ends. It
// sleeps in the kernel to an absolute deadline: the runtime's own timers are
// about a third of a millisecond later.
func waitUntil(ctx context.Context, at time.Time) bool {
	for {
		if ctx.Err() != nil {
			return false
		}
		left := time.Until(at)
		if left <= 0 {
			return true
		}
		sleepKernel(min(left, longestSleep))
	}
}

// sleepKernel sleeps d by the monotonic clock.
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
