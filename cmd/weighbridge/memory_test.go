package main

import (
	"runtime/debug"
	"testing"
)

func TestGarbageIsCollectedByWhatIsAlive(t *testing.T) {
	t.Parallel()
	for alive, want := range map[uint64]int{0: 600, 1 << 20: 600, 5 << 20: 320, 16 << 20: 100, 32 << 20: 50, 64 << 20: 25, 100 << 20: 25, 1 << 30: 25} {
		if got := gcPercent(alive); got != want {
			t.Errorf("%d MiB alive: %d%%, want %d%%", alive>>20, got, want)
		}
	}
}

func TestTargetOfCollectionsIsRestored(t *testing.T) {
	t.Setenv("GOGC", "")
	before := debug.SetGCPercent(123)
	defer debug.SetGCPercent(before)
	stop := spaceCollections()
	during := debug.SetGCPercent(gcPercent(alive()))
	stop()
	if after := debug.SetGCPercent(123); during == 123 || after != 123 {
		t.Errorf("the target is %d%% during a load and %d%% after it, want another and 123%%", during, after)
	}
	t.Setenv("GOGC", "123")
	stop = spaceCollections()
	if during := debug.SetGCPercent(123); during != 123 {
		t.Errorf("the target is %d%% where the environment sets 123%%", during)
	}
	stop()
}
