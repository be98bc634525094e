package main

import (
	"runtime"
	"runtime/debug"
)

// reportGCPercent is the garbage collector's target (GOGC) while a run is written down.
const reportGCPercent = 50

// reduceMemory returns the memory that the load took to the system and has garbage
// collected earlier until restore is called. Once a run is measured nothing is timed
// any more, and drawing its plots would otherwise take more memory than its load did.
func reduceMemory() (restore func()) {
	debug.FreeOSMemory()
	before := debug.SetGCPercent(reportGCPercent)
	return func() { debug.SetGCPercent(before) }
}

// headroomBytes is how much later than twice the live memory garbage is collected during a load. Few
// MiB are alive then, and without it collections would follow each other at intervals of some 50 ms.
const headroomBytes = 16 << 20

// headroom makes garbage be collected later until release is called: it keeps memory that is never
// touched, and that the system therefore need not give.
func headroom() (release func()) {
	spare := make([]byte, headroomBytes)
	return func() { runtime.KeepAlive(spare) }
}
