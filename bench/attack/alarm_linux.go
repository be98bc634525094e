package attack

import (
	"context"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// alarm waits until moments by a timer of the kernel (timerfd_create(2)), which the Go runtime waits
// for as for a connection. Timers of the runtime fire about 0.5 ms late where nothing else happens,
// since it sleeps in whole milliseconds; a sleep in a system call keeps the runtime busy looking
// after the thread. One goroutine at a time may use it.
type alarm struct {
	timer *os.File // nil if there is none
	raw   syscall.RawConn
	// ring sets the timer to next, and is then called when it rings. What it has counted is not
	// read: to set it again forgets that.
	ring   func(fd uintptr) (rang bool)
	isSet  bool
	next   unix.ItimerSpec
	failed error // to set it
}

// longestWait is the longest wait that ctx cannot interrupt.
const longestWait = 20 * time.Millisecond

// newAlarm returns an alarm. The caller must close it.
func newAlarm() *alarm {
	a := &alarm{}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil { // no file is left, for example
		return a
	}
	a.timer = os.NewFile(uintptr(fd), "timer")
	if a.raw, err = a.timer.SyscallConn(); err != nil {
		a.close()
		return &alarm{}
	}
	a.ring = func(fd uintptr) (rang bool) {
		if a.isSet {
			return true
		}
		a.isSet, a.failed = true, unix.TimerfdSettime(int(fd), 0, &a.next, nil)
		return a.failed != nil
	}
	return a
}

func (a *alarm) close() {
	if a.timer != nil {
		_ = a.timer.Close() // nothing was written
	}
}

// wait waits until the given time and returns true, or returns false within 20 ms after ctx ends.
func (a *alarm) wait(ctx context.Context, at time.Time) bool {
	for {
		if ctx.Err() != nil {
			return false
		}
		left := time.Until(at)
		if left <= 0 {
			return true
		}
		if a.timer == nil || !a.sleep(min(left, longestWait)) {
			return waitUntil(ctx, at)
		}
	}
}

// sleep waits for d; false if it could not.
func (a *alarm) sleep(d time.Duration) bool {
	a.next.Value, a.isSet = unix.NsecToTimespec(int64(d)), false
	return a.raw.Read(a.ring) == nil && a.failed == nil
}
