package main

import (
	"os"
	"syscall"
)

// peakMiB is the most memory that a process had, in MiB; 0 if that is not known.
func peakMiB(p *os.ProcessState) float64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return float64(usage.Maxrss) / 1024
	}
	return 0
}
