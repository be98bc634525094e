package machine

import (
	"runtime"

	"weighbridge/bench/record"
)

// Env describes this machine.
func Env() record.Env {
	return record.Env{
		Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH,
		CPU: cpuModel(), CPUs: runtime.NumCPU(), Kernel: kernelRelease(),
	}
}
