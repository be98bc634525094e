// Package ahead builds requests before they are needed, so that a large body costs no latency.
package ahead

import "sync"

// The bounds of what is built ahead: requests, and their size in all.
const (
	maxRequests = 256
	maxSize     = 4 << 20
)

// Requests says what is built.
type Requests[T any] struct {
	// Next returns the next request, not built, or false if there is none. Calls do not
	// overlap.
	Next func() (T, bool)
	// Build builds one.
	Build func(T)
	// Urgent reports whether one is needed at once: it is then passed on as it is, and its
	// worker builds it. Nil says that none is.
	Urgent func(T) bool
	// Size is the length of its prompts, in bytes.
	Size func(T) int
}

// Queue builds requests on a goroutine of its own. One other goroutine takes them, in the
// order of Next.
type Queue[T any] struct {
	Requests[T]

	drawing sync.Mutex // held during Next

	mu      sync.Mutex
	changed sync.Cond // of the queue; either side waits, never both
	queue   []T
	size    int  // of the requests in the queue
	ended   bool // nothing will be added
	stopped bool
	done    chan struct{} // closed once the builder has ended
}

// New starts the builder. The caller must stop it.
func New[T any](r Requests[T]) *Queue[T] {
	q := &Queue[T]{Requests: r, done: make(chan struct{})}
	q.changed.L = &q.mu
	go q.run()
	return q
}

func (q *Queue[T]) run() {
	defer close(q.done)
	for q.waitForRoom() {
		r, ok := q.draw()
		if ok && (q.Urgent == nil || !q.Urgent(r)) {
			q.Build(r)
		}
		q.add(r, ok)
	}
}

// draw returns the next request, which is not built.
func (q *Queue[T]) draw() (T, bool) {
	q.drawing.Lock()
	defer q.drawing.Unlock()
	return q.Next()
}

// waitForRoom waits, once the queue is full, until half of it has been taken. It returns
// false if nothing more is to be built.
func (q *Queue[T]) waitForRoom() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.queue) >= maxRequests || q.size >= maxSize {
		for !q.stopped && !q.hasRoom() {
			q.changed.Wait()
		}
	}
	return !q.stopped && !q.ended
}

func (q *Queue[T]) hasRoom() bool { return len(q.queue) <= maxRequests/2 && q.size <= maxSize/2 }

// add adds a request to the queue, or the end of them all.
func (q *Queue[T]) add(r T, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if ok {
		q.queue = append(q.queue, r)
		q.size += q.Size(r)
	}
	q.ended = !ok
	q.changed.Signal()
}

// Take returns the next request, and waits for it; false after the last.
func (q *Queue[T]) Take() (T, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.queue) == 0 && !q.ended && !q.stopped {
		q.changed.Wait()
	}
	return q.pop()
}

// TakeOrDraw returns a request that is built or, without waiting, one that is not.
func (q *Queue[T]) TakeOrDraw() (T, bool) {
	q.mu.Lock()
	r, ok := q.pop()
	q.mu.Unlock()
	if ok {
		return r, true
	}
	return q.draw()
}

// pop takes the first request of the queue. The caller holds q.mu.
func (q *Queue[T]) pop() (T, bool) {
	var none T
	if len(q.queue) == 0 {
		return none, false
	}
	r := q.queue[0]
	q.queue[0] = none
	q.queue = q.queue[1:]
	q.size -= q.Size(r)
	if q.hasRoom() {
		q.changed.Signal()
	}
	return r, true
}

// Stop ends the builder. The requests in the queue can still be taken, and then drawn.
func (q *Queue[T]) Stop() {
	q.mu.Lock()
	q.stopped = true
	q.changed.Signal()
	q.mu.Unlock()
	<-q.done
}
