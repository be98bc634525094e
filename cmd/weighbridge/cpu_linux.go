package main

import (
	"time"

	"golang.org/x/sys/unix"
)

// processorTime is what the process used of processors, users' and system's; false
// where there is no such process.
func processorTime(pid int) (time.Duration, bool) {
	// The id of another process's clock, as clock_getcpuclockid(3) makes it.
	const scheduled = 2
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|scheduled), &now); err != nil {
		return 0, false
	}
	return time.Duration(now.Nano()), true
}
