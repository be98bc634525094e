// Package alarm waits until moments, as precisely as the system allows.
package alarm

import (
	"context"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Alarm waits until moments by a timer of the kernel (timerfd_create(2)), which the Go runtime waits
// for as for a connection. Timers of the runtime fire about 0.5 ms late if nothing else happens,
// since it sleeps in whole milliseconds; a sleep in a system call keeps the runtime busy looking
// after the thread. One goroutine at a time may use it.
type Alarm struct {
	// ctx ends all waits.
	ctx   context.Context
	end   func() bool // stops the watch over ctx
	timer *os.File    // nil if there is none
	raw   syscall.RawConn
	// ring sets the timer to next, and is then called when it rings. What it has counted is not
	// read: to set it again forgets that.
	ring   func(fd uintptr) (rang bool)
	isSet  bool
	next   unix.ItimerSpec
	failed error // to set it
}

// New returns an alarm whose waits end with ctx. The caller must close it.
func New(ctx context.Context) *Alarm {
	a := &Alarm{ctx: ctx}
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil { // no file is left, for example
		return a
	}
	a.timer = os.NewFile(uintptr(fd), "timer")
	if a.raw, err = a.timer.SyscallConn(); err != nil {
		a.Close()
		return &Alarm{ctx: ctx}
	}
	a.ring = func(fd uintptr) (rang bool) {
		if a.isSet {
			return true
		}
		a.isSet, a.failed = true, unix.TimerfdSettime(int(fd), 0, &a.next, nil)
		return a.failed != nil
	}
	a.end = context.AfterFunc(ctx, func() { _ = a.timer.SetReadDeadline(time.Unix(1, 0)) }) // a wait that it does not end rings in time
	return a
}

// Close ends the alarm, for which nobody waits.
func (a *Alarm) Close() {
	if a.end != nil {
		a.end()
	}
	if a.timer != nil {
		_ = a.timer.Close() // nothing was written
	}
}

// Wait waits until the given time and returns true, or returns false when the alarm's context ends.
func (a *Alarm) Wait(at time.Time) bool {
	for {
		if a.ctx.Err() != nil {
			return false
		}
		left := time.Until(at)
		if left <= 0 {
			return true
		}
		if a.timer == nil || !a.sleep(left) {
			return Until(a.ctx, at)
		}
	}
}

// sleep waits for d; false if it could not.
func (a *Alarm) sleep(d time.Duration) bool {
	a.next.Value, a.isSet = unix.NsecToTimespec(int64(d)), false
	return a.raw.Read(a.ring) == nil && a.failed == nil
}
