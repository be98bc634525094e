package attack

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"weighbridge/bench/attack/hits"
	"weighbridge/target/transport"
)

// heapAfter is the bytes that live in memory, garbage collected, when the server
// has been asked n times and the attack still runs.
func heapAfter(t *testing.T, n uint64, drive func(ctx context.Context, a *Arm) error, sets ...string) int64 {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var seen atomic.Uint64
	var heap int64
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if seen.Add(1) == n {
			var m runtime.MemStats
			runtime.GC()
			runtime.GC() // twice: a sync.Pool keeps what it holds for one collection
			runtime.ReadMemStats(&m)
			heap = int64(m.HeapAlloc)
			cancel()
		}
	})
	sets = append(sets, "load.open.duration=1h", "client.in_flight=16", "prompts.distinct=10")
	a := newArm(t, scenario(t, url, sets...), 1)
	a.OnHit(func(hits.Hit) {})
	if err := drive(ctx, a); err != nil {
		t.Fatal(err)
	}
	if seen.Load() < n {
		t.Fatalf("the server was asked %d times, want %d", seen.Load(), n)
	}
	return heap
}

// Nothing grows with the number of hits: what is left allows for the connections'
// buffers, which come and go.
func TestMemoryDoesNotGrowWithHits(t *testing.T) {
	const n, slack = 500, 128 << 10
	for name, c := range map[string]struct {
		drive func(context.Context, *Arm) error
		sets  []string
	}{
		"closed": {
			func(ctx context.Context, a *Arm) error { _, _, err := a.Closed(ctx, 0); return err },
			[]string{"load.closed={in_flight: 16, duration: 1h, ramp: 0s}"},
		},
		"open, one block": {
			func(ctx context.Context, a *Arm) error { _, _, err := a.Open(ctx, time.Now(), 0, 1); return err },
			[]string{"load.open.rate=1000"},
		},
		"batches": {
			func(ctx context.Context, a *Arm) error { _, _, err := a.Open(ctx, time.Now(), 0, 1); return err },
			[]string{"load.open.rate=3000", "target.batch.size=3"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			few := heapAfter(t, n, c.drive, c.sets...)
			many := heapAfter(t, 10*n, c.drive, c.sets...)
			t.Logf("%d KiB after %d requests, %d KiB after %d", few>>10, n, many>>10, 10*n)
			if many > few+few/10+slack {
				t.Errorf("%d KiB are in use after %d requests, %d KiB after %d", few>>10, n, many>>10, 10*n)
			}
		})
	}
}

// An arm holds the histograms of one block, however many it runs.
func TestMemoryDoesNotGrowWithBlocks(t *testing.T) {
	const perBlock = 40 << 10 // of packed histograms, a slice and garbage of the test's own
	heap := func(blocks int) int64 {
		url := serve(t, func(http.ResponseWriter, *http.Request) {})
		a := newArm(t, scenario(t, url, "load.open.duration=20ms", "client.in_flight=16", "prompts.distinct=10"), 1)
		slices, _, err := a.Open(context.Background(), time.Now(), 0, blocks)
		if err != nil || len(slices) != blocks {
			t.Fatal(len(slices), err)
		}
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		runtime.KeepAlive(slices)
		return int64(m.HeapAlloc)
	}
	few, many := heap(2), heap(32)
	t.Logf("%d KiB after 2 blocks, %d KiB after 32", few>>10, many>>10)
	if many > few+few/10+30*perBlock {
		t.Errorf("%d KiB are in use after 2 blocks, %d KiB after 32", few>>10, many>>10)
	}
}

// The account of attempts stays a few ranges.
func TestAttemptIdsAreKeptAsRanges(t *testing.T) {
	a := newArm(t, scenario(t, "http://127.0.0.1:1"), 1)
	x := exchange{Attempts: make([]transport.Attempt, 1)}
	for id := uint32(1); id <= 40*idsPerContainer; id++ {
		x.Attempts[0] = transport.Attempt{ID: id, Status: http.StatusOK}
		a.account(&x)
	}
	if n := a.Totals().Attempts; n != 40*idsPerContainer {
		t.Fatalf("%d attempts are kept", n)
	}
	if size := a.sent.Answered.GetSizeInBytes(); size > 16<<10 {
		t.Errorf("%d attempts in a row take %d bytes", 40*idsPerContainer, size)
	}
}
