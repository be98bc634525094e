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

// The test lowers the limit of the whole process for a moment; no other test of this
// package opens files meanwhile.
func TestOpenFilesAreCountedWhenNoneIsLeft(t *testing.T) {
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	open, _, _ := openFiles()
	lowered := unix.Rlimit{Cur: open, Max: before.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &lowered); err != nil {
		t.Fatal(err)
	}
	p := NewProcess()
	took := p.Took()
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	if took.FilesPeak == nil || *took.FilesPeak != open || took.FilesLimit != open {
		t.Errorf("peak %v of %d, want %d of %d", took.FilesPeak, took.FilesLimit, open, open)
	}
}
