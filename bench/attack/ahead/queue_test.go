package ahead

import (
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type request struct {
	number, size int
	built        bool
}

// numbered returns n requests of one size, numbered from 0.
func numbered(n, size int, build func(*request)) Requests[*request] {
	i := -1
	return Requests[*request]{
		Next: func() (*request, bool) {
			i++
			return &request{number: i, size: size}, i < n
		},
		Build: build, Size: func(r *request) int { return r.size },
	}
}

func TestQueueKeepsTheOrderAndBuildsEverything(t *testing.T) {
	for _, size := range []int{1, maxSize / 3, 2 * maxSize} {
		const n = 3 * maxRequests
		a := New(numbered(n, size, func(r *request) { r.built = true }))
		for i := range n {
			r, ok := a.Take()
			if !ok || r.number != i || !r.built {
				t.Fatalf("request %d of %d of size %d: %+v, %v", i, n, size, r, ok)
			}
		}
		if _, ok := a.Take(); ok {
			t.Error("a request follows the last")
		}
		a.Stop()
	}
}

func TestQueueIsBounded(t *testing.T) {
	for _, c := range []struct{ size, most int }{
		{1, maxRequests}, {maxSize / 4, 4}, {maxSize/4 + 1, 4}, {2 * maxSize, 1},
	} {
		var mu sync.Mutex
		built := 0
		a := New(numbered(10*maxRequests, c.size, func(*request) {
			mu.Lock()
			defer mu.Unlock()
			built++
		}))
		for full := false; !full; time.Sleep(time.Millisecond) {
			a.mu.Lock()
			full = len(a.queue) == c.most
			a.mu.Unlock()
		}
		time.Sleep(5 * time.Millisecond) // for more, if there is no bound
		mu.Lock()
		if built != c.most {
			t.Errorf("%d requests of size %d are built ahead, want %d", built, c.size, c.most)
		}
		mu.Unlock()
		a.Stop()
	}
}

func TestQueuePassesUrgentRequestsOn(t *testing.T) {
	urgent := numbered(5, 1, func(*request) { t.Error("an urgent request is built ahead") })
	urgent.Urgent = func(*request) bool { return true }
	a := New(urgent)
	defer a.Stop()
	for i := range 5 {
		if r, ok := a.Take(); !ok || r.number != i {
			t.Errorf("request %d: %+v, %v", i, r, ok)
		}
	}
}

// What was built, and what was not drawn yet, can still be counted after the end.
func TestQueueAfterItsEnd(t *testing.T) {
	const n = 2 * maxRequests
	a := New(numbered(n, 1, func(*request) {}))
	if _, ok := a.Take(); !ok {
		t.Fatal("no request")
	}
	a.Stop()
	left := 0
	for _, ok := a.TakeOrDraw(); ok; _, ok = a.TakeOrDraw() {
		left++
	}
	if left != n-1 {
		t.Errorf("%d requests are left, want %d", left, n-1)
	}
}

// A closed worker does not wait for the builder: it gets a request that is not built.
func TestAClosedWorkerDoesNotWaitForTheBuilder(t *testing.T) {
	building, finish := make(chan struct{}), make(chan struct{})
	var once sync.Once
	a := New(numbered(10, 1, func(*request) {
		once.Do(func() { close(building) })
		<-finish
	}))
	<-building
	if r, ok := a.TakeOrDraw(); !ok || r.number != 1 {
		t.Errorf("%+v, %v; want the request after the one being built", r, ok)
	}
	close(finish)
	a.Stop()
}
