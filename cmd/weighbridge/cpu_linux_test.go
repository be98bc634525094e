package main

import (
	"os"
	"os/exec"
	"testing"

	"golang.org/x/sys/unix"
)

func TestProcessorTimeIsThatOfTheProcess(t *testing.T) {
	var own unix.Timespec
	for range 1_000_000 { // so that there is some
		own.Nsec++
	}
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &own); err != nil {
		t.Fatal(err)
	}
	got, known := processorTime(os.Getpid())
	if !known || got.Nanoseconds() < own.Nano() {
		t.Errorf("%v (%v), want at least %d ns", got, known, own.Nano())
	}
	ended := exec.Command(os.Args[0], "-test.run", "^$")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	if _, known := processorTime(ended.Process.Pid); known {
		t.Error("a process that has ended is known")
	}
}
