package bench

import (
	"bufio"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// cpuModel is the first model name of /proc/cpuinfo; "" where it gives none.
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

// processorTime is what this process used of processors, users' and system's.
func processorTime() (time.Duration, bool) {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &now); err != nil {
		return 0, false
	}
	return time.Duration(now.Nano()), true
}

// openFiles is how many files this process has open, sockets included, and how many
// it may have.
func openFiles() (n, limit uint64, known bool) {
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return 0, 0, false
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	var may unix.Rlimit
	if err != nil || unix.Getrlimit(unix.RLIMIT_NOFILE, &may) != nil {
		return 0, 0, false
	}
	return uint64(len(names)) - 1, may.Cur, true
}

// kernel is its release, as uname -r prints it.
func kernel() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return ""
	}
	return unix.ByteSliceToString(name.Release[:])
}
