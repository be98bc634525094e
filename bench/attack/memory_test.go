package attack

import (
	"context"
	"io"
	"net"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"weighbridge/bench/attack/hits"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/target/outbound"
	"weighbridge/target/transport"
)

// heapInUse returns the bytes of live heap memory.
func heapInUse() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // twice: a sync.Pool keeps its content for one collection
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// Memory does not grow with the number of hits. It is measured during the attack, while
// all workers wait. Anything kept of each hit would be hundreds of bytes; the slack is
// for histograms, which grow with the range of durations.
func TestMemoryDoesNotGrowWithHits(t *testing.T) {
	const n, slack = 400, 9 * 400 * 200 // 200 bytes for each of 3,600 more hits
	for name, heapAfter := range map[string]func(t *testing.T, n uint64) int64{
		"closed":  heapUnderClosedLoad,
		"open":    func(t *testing.T, n uint64) int64 { return heapUnderOpenLoad(t, n, 1) },
		"batches": func(t *testing.T, n uint64) int64 { return heapUnderOpenLoad(t, n, 3) },
	} {
		t.Run(name, func(t *testing.T) {
			grows := func() bool {
				few, many := inSubtest(t, n, heapAfter), inSubtest(t, 10*n, heapAfter)
				t.Logf("%d KiB after %d requests, %d KiB after %d", few>>10, n, many>>10, 10*n)
				return many > few+slack
			}
			for range 3 { // durations on a busy machine vary by chance
				if !grows() {
					return
				}
			}
			t.Error("memory has grown with the number of hits, each time")
		})
	}
}

// inSubtest measures in a subtest, whose end closes its arm and its server.
func inSubtest(t *testing.T, n uint64, heapAfter func(*testing.T, uint64) int64) (heap int64) {
	t.Run(strconv.FormatUint(n, 10), func(t *testing.T) { heap = heapAfter(t, n) })
	return heap
}

// heapUnderClosedLoad returns the heap in use when n requests were answered and all requests in flight
// wait for the server. Time and the network are not real: on a busy machine, histograms would grow with
// the range of durations.
func heapUnderClosedLoad(t *testing.T, n uint64) (heap int64) {
	synctest.Test(t, func(t *testing.T) { heap = heapUnderVirtualLoad(t, n) })
	return heap
}

func heapUnderVirtualLoad(t *testing.T, n uint64) (heap int64) {
	const inFlight = 16
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var seen atomic.Uint64
	measured := make(chan struct{})
	dialer := serveInMemory(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		time.Sleep(time.Millisecond)
		switch nth := seen.Add(1); {
		case nth == n+inFlight:
			heap = heapInUse()
			cancel()
			close(measured)
		case nth > n:
			<-measured
		}
	})
	arm := scenario(t, "http://127.0.0.1:1", "load.closed={in_flight: 16, duration: 1h, ramp: 0s}", "prompts.distinct=10")
	a := newArmAt(t, arm, 1, Endpoint{URL: arm.Target.URL, Dialer: dialer})
	a.OnHit(func(hits.Hit) {})
	if _, _, err := a.Closed(ctx, 0); err != nil || heap == 0 {
		t.Fatalf("the server received %d requests, want %d; %v", seen.Load(), n, err)
	}
	return heap
}

// serveInMemory returns a dialer whose connections end at a handler in the same process.
func serveInMemory(t *testing.T, handler http.HandlerFunc) outbound.Dialer {
	dialed := make(pipes)
	server := &http.Server{Handler: handler}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(dialed) // until it is closed
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-ended
	})
	return outbound.Dialer{Connect: func(ctx context.Context, _, _ string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		select {
		case dialed <- theirs:
			return ours, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// pipes is a listener of connections in memory.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	if conn := <-p; conn != nil {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (p pipes) Close() error   { close(p); return nil }
func (p pipes) Addr() net.Addr { return &net.TCPAddr{} }

// heapUnderOpenLoad returns the heap in use when the last of n requests is counted. All
// are overdue and answered at once, without a network: otherwise the number of pending
// requests would depend on the machine.
func heapUnderOpenLoad(t *testing.T, n uint64, size int) (heap int64) {
	a := newArm(t, scenario(t, "http://127.0.0.1:1", "prompts.distinct=10"), 1)
	a.began = a.began.Add(-time.Hour)
	reported := uint64(0)
	a.OnHit(func(hits.Hit) {
		if reported++; reported == n {
			heap = heapInUse()
		}
	})
	due := time.Duration(0)
	batches := schedule.Batches(func() (schedule.Prompt, bool) {
		due += 100 * time.Microsecond
		return schedule.Prompt{Due: due, Text: "x"}, due <= time.Duration(n)*time.Duration(size)*100*time.Microsecond
	}, size, time.Second)
	p := &openPacer{
		ctx: context.Background(), began: a.began, start: a.began, cut: time.Now().Add(time.Hour),
		queue: a.buildAhead(a.openRequests(PhaseOpen, batches), nil),
	}
	defer p.queue.Stop()
	var id atomic.Uint32
	var pacing sync.Mutex
	next := func() (*request, bool) {
		pacing.Lock()
		defer pacing.Unlock()
		return p.next()
	}
	handed := newHandover()
	fire := volley{next: next, queue: handed, workers: 16, send: func(*request) *exchange {
		return &exchange{Attempts: []transport.Attempt{{ID: id.Add(1), Status: http.StatusOK}}, Sent: time.Now(), End: time.Now()}
	}}.fire
	counted := &tally{start: p.start, began: a.began, overTime: &a.overTime, slices: map[int]*record.Slice{}, make: func(int) *record.Slice {
		return newSlice(0, time.Hour)
	}}
	if err := a.countOpen(PhaseOpen, counted, 0, handed, fire); err != nil || reported != n {
		t.Fatalf("%d hits were reported, want %d; %v", reported, n, err)
	}
	return heap
}

// Unpacked, an arm holds the histograms of only one block at a time.
func TestMemoryDoesNotGrowWithBlocks(t *testing.T) {
	const perBlock = 8 << 10 // for packed histograms, a slice and the test's own garbage
	heapAfter := func(t *testing.T, n uint64) int64 {
		blocks := int(n)
		url := serve(t, func(http.ResponseWriter, *http.Request) {})
		a := newArm(t, scenario(t, url, "load.open.duration=20ms", "client.in_flight=16", "prompts.distinct=10"), 1)
		slices, _, err := a.Open(context.Background(), time.Now(), 0, blocks)
		if err != nil || len(slices) != blocks {
			t.Fatal(len(slices), err)
		}
		used := heapInUse()
		runtime.KeepAlive(slices)
		return used
	}
	few, many := inSubtest(t, 2, heapAfter), inSubtest(t, 32, heapAfter)
	t.Logf("%d KiB after 2 blocks, %d KiB after 32", few>>10, many>>10)
	if many > few+few/10+30*perBlock {
		t.Errorf("%d KiB are in use after 2 blocks, %d KiB after 32", few>>10, many>>10)
	}
}
