package machine

import (
	"bufio"
	"errors"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpuModel returns the first model name in /proc/cpuinfo, or "".
func cpuModel() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// CPUTime returns the processor time, user and system, that a process has used, or false if there
// is no such process or the system does not tell.
func CPUTime(pid int) (time.Duration, bool) {
	// The id of a process's CPU clock, as clock_getcpuclockid(3) makes it.
	const cpuClockSched = 2
	var now unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|cpuClockSched), &now); err != nil {
		return 0, false
	}
	return time.Duration(now.Nano()), true
}

// openFiles returns how many files this process has open, sockets included, and its limit.
// If not even one more can be opened, to count them, that is the limit.
func openFiles() (n, limit uint64, known bool) {
	var rlimit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &rlimit) != nil {
		return 0, 0, false
	}
	dir, err := os.Open("/proc/self/fd")
	if errors.Is(err, unix.EMFILE) {
		return rlimit.Cur, rlimit.Cur, true
	}
	if err != nil {
		return 0, 0, false
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return 0, 0, false
	}
	return uint64(len(names)) - 1, rlimit.Cur, true // dir itself is one of them
}

// kernelRelease returns the output of uname -r, or "" if it is unknown.
func kernelRelease() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Release[:])
}
