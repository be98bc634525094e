//go:build !linux

package bench

import "time"

func cpuModel() string { return "" }

func kernel() string { return "" }

func processorTime() (time.Duration, bool) { return 0, false }

func openFiles() (n, limit uint64, known bool) { return 0, 0, false }
