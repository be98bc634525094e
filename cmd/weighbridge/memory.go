package main

import (
	"os"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// reportGCPercent is the garbage collector's target (GOGC) while a run is written down.
const reportGCPercent = 50

// reduceMemory returns free memory to the system and makes the garbage collector run more often,
// until restore is called. It is called once nothing is timed any more: drawing plots would
// otherwise take more memory than the load did.
func reduceMemory() (restore func()) {
	debug.FreeOSMemory()
	before := debug.SetGCPercent(reportGCPercent)
	return func() { debug.SetGCPercent(before) }
}

// Under load, garbage is collected whenever this much of it was made, or a quarter of the live memory
// if that is more. With the few MiB that usually live, Go's default would collect every 50 ms or
// so; with the 150 MiB of 10,000 requests in flight it would let as much garbage pile up.
const (
	garbageBytes     = 16 << 20
	leastGCPercent   = 25
	mostGCPercent    = 600
	gcPercentChanges = 1.25 // by less it is left as it is: each change stops the program for a moment
	gcPercentEvery   = 250 * time.Millisecond
)

// gcPercent returns the garbage collector's target (GOGC) for a load, given what is alive.
func gcPercent(aliveBytes uint64) int {
	return int(min(max(garbageBytes*100/max(aliveBytes, 1), leastGCPercent), mostGCPercent))
}

// spaceCollections keeps adjusting the garbage collector's target to the load until stop is called.
// It does nothing if the environment sets the target (GOGC).
func spaceCollections() (stop func()) {
	if os.Getenv("GOGC") != "" {
		return func() {}
	}
	percent := gcPercent(alive())
	before := debug.SetGCPercent(percent)
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(gcPercentEvery)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
			}
			next := gcPercent(alive())
			if high, low := float64(max(next, percent)), float64(min(next, percent)); high > gcPercentChanges*low {
				percent = next
				debug.SetGCPercent(percent)
			}
		}
	}()
	return func() {
		close(ended)
		<-done
		debug.SetGCPercent(before)
	}
}

// alive returns how many bytes the garbage collector's target is a percentage of: the heap that was alive at the last
// collection, and the stacks and global variables that it scanned. What is only reserved for stacks is not in it.
func alive() uint64 {
	known := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/scan/stack:bytes"}, {Name: "/gc/scan/globals:bytes"}}
	metrics.Read(known)
	var sum uint64
	for _, k := range known {
		sum += k.Value.Uint64()
	}
	return sum
}
