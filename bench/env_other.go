//go:build !linux

package bench

func cpuModel() string { return "" }

func kernel() string { return "" }
