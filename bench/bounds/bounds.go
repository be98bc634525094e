// Package bounds holds fuzz tests to limits of time and memory, so that an input that costs far
// more than its length is found as one that panics is.
package bounds

import (
	"runtime/metrics"
	"testing"
	"time"
)

const (
	// maxCPU is far more processor time than any input should take.
	maxCPU = 5 * time.Second
	// maxBytes is the most that may be allocated for one input, whether or not it is freed again.
	maxBytes = 400 << 20
)

// Check begins to measure what one input costs. The function that it returns ends that, and fails
// the test if the input took more than 5 s of processor time or 400 MB. One that never ends is
// found by go test itself, which while it fuzzes waits for 10 s. Call it as
// defer bounds.Check(t)().
func Check(t testing.TB) (end func()) {
	t.Helper()
	return check(t, maxCPU, maxBytes)
}

func check(t testing.TB, most time.Duration, mostBytes uint64) (end func()) {
	start, before := cpuTime(), allocated()
	return func() {
		t.Helper()
		if took := cpuTime() - start; took > most {
			t.Errorf("the input took %v of processor time, at most %v expected", took, most)
		}
		if bytes := allocated() - before; bytes > mostBytes {
			t.Errorf("the input allocated %d MB, at most %d expected", bytes>>20, mostBytes>>20)
		}
	}
}

// allocated is how many bytes the process has allocated since it began, by all its goroutines.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
