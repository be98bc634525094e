//go:build !linux

package machine

import "time"

func cpuModel() string { return "" }

func kernelRelease() string { return "" }

// CPUTime is the processor time that a process has used: unknown on this system.
func CPUTime(int) (time.Duration, bool) { return 0, false }

func machineCPU() (busy, full float64) { return 0, 0 }

func openFiles() (n, limit uint64, known bool) { return 0, 0, false }
