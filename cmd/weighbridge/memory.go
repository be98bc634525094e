package main

import "runtime/debug"

// reportGCPercent is the garbage collector's target (GOGC) while a run is written down.
const reportGCPercent = 25

// reduceMemory returns the memory that the load took to the system and has garbage
// collected earlier until restore is called. Once a run is measured nothing is timed
// any more, and drawing its plots would otherwise take more memory than its load did.
func reduceMemory() (restore func()) {
	debug.FreeOSMemory()
	before := debug.SetGCPercent(reportGCPercent)
	return func() { debug.SetGCPercent(before) }
}
