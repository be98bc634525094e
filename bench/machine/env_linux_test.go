package machine

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

func TestCPUTimeOfAProcess(t *testing.T) {
	var own unix.Timespec
	for range 1_000_000 { // use some
		own.Nsec++
	}
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &own); err != nil {
		t.Fatal(err)
	}
	got, known := CPUTime(os.Getpid())
	if !known || got.Nanoseconds() < own.Nano() {
		t.Errorf("%v (%v), want at least %d ns", got, known, own.Nano())
	}
	ended := exec.Command(os.Args[0], "-test.run", "^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	if _, known := CPUTime(ended.Process.Pid); known {
		t.Error("the CPU time of a process that has ended is known")
	}
}
