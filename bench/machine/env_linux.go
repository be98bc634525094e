package machine

import (
	"bufio"
	"errors"
	"os"
	"strconv"
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

// machineCPU returns for how long the machine's processors were not idle since it started, and for
// how long there were any, in the same unit; 0 and 0 where /proc/stat does not tell.
func machineCPU() (busy, full float64) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return parseCPU(line)
}

// parseCPU reads the first line of proc_stat(5): cpu, then the times as user, nice, system, idle,
// iowait, irq, softirq and steal. What follows is in user and nice already.
func parseCPU(line string) (busy, full float64) {
	const idle, iowait, times = 3, 4, 8
	fields := strings.Fields(line)
	if len(fields) <= iowait+1 || fields[0] != "cpu" {
		return 0, 0
	}
	for i, field := range fields[1:min(len(fields), times+1)] {
		ticks, err := strconv.ParseFloat(field, 64)
		if err != nil {
			return 0, 0
		}
		full += ticks
		if i != idle && i != iowait {
			busy += ticks
		}
	}
	return busy, full
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
