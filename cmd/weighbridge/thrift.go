package main

import "runtime/debug"

// thriftyPercent is how much garbage is let lie, beside what is in use, while a run
// is written down.
const thriftyPercent = 25

// thrift gives back what the load took of memory, and lets less garbage lie until
// over is called. Nothing is timed once a run is measured, and its plots would
// otherwise take more memory than its load did.
func thrift() (over func()) {
	debug.FreeOSMemory()
	usual := debug.SetGCPercent(thriftyPercent)
	return func() { debug.SetGCPercent(usual) }
}
