//go:build unix

package bounds

import (
	"syscall"
	"time"
)

// cpuTime is the processor time of all threads since the process began; unlike time as such, it
// does not depend on what else the machine does.
func cpuTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
