// Package turns holds the turns of conversations that wait until they are due.
package turns

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Pool holds items until they are due. Any goroutine may put one in, one watches the time, and one
// takes them out.
type Pool[T any] struct {
	// changed has a signal for the one that takes, added one for the one that watches.
	changed, added chan struct{}

	end time.Time

	mu    sync.Mutex
	later queue[T]
	due   []T // in the order in which they came to be
	// never are the items that would be due too late.
	never  []T
	put    uint64
	active int
}

// New returns an empty pool. What would be due at its end or later never is.
func New[T any](end time.Time) *Pool[T] {
	return &Pool[T]{end: end, changed: make(chan struct{}, 1), added: make(chan struct{}, 1)}
}

// Put adds an item that is due at a time. If it never is, its conversation has ended.
func (p *Pool[T]) Put(at time.Time, item T) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !at.Before(p.end):
		p.never = append(p.never, item)
		p.active--
		signal(p.changed)
	case at.After(time.Now()):
		heap.Push(&p.later, entry[T]{at, p.put, item})
		p.put++
		signal(p.added)
	default:
		p.due = append(p.due, item)
		signal(p.changed)
	}
}

// Take removes and returns an item that is due, if there is one.
func (p *Pool[T]) Take() (item T, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.due) == 0 {
		return item, false
	}
	var none T
	item, p.due[0] = p.due[0], none
	p.due = p.due[1:]
	return item, true
}

// Changed receives a signal after something has come to be due, or has ended.
func (p *Pool[T]) Changed() <-chan struct{} { return p.changed }

// early is how long before an item is due Watch no longer relies on a timer of the Go runtime.
const early = 2 * time.Millisecond

// Watch makes items due when they are, until ctx ends. wait waits until a time, more exactly than a
// timer does; an item that is put in meanwhile and due sooner may be late by as long.
func (p *Pool[T]) Watch(ctx context.Context, wait func(time.Time) bool) {
	for ctx.Err() == nil {
		var timer <-chan time.Time
		if at, ok := p.next(); ok {
			left := time.Until(at) - early
			if left <= 0 {
				if wait(at) {
					p.fall()
				}
				continue
			}
			timer = time.After(left)
		}
		select {
		case <-p.added:
		case <-timer:
		case <-ctx.Done():
		}
	}
}

// next is when the first of the later items is due.
func (p *Pool[T]) next() (at time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.later) == 0 {
		return at, false
	}
	return p.later[0].at, true
}

// fall makes the items due that are.
func (p *Pool[T]) fall() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for now := time.Now(); len(p.later) > 0 && !p.later[0].at.After(now); {
		p.due = append(p.due, heap.Pop(&p.later).(entry[T]).item)
	}
	signal(p.changed)
}

// Idle reports whether no conversation is under way.
func (p *Pool[T]) Idle() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.active == 0
}

// Begin counts a conversation that begins.
func (p *Pool[T]) Begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active++
}

// End counts a conversation that has ended.
func (p *Pool[T]) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.active--
	signal(p.changed)
}

// Rest removes and returns all items.
func (p *Pool[T]) Rest() []T {
	p.mu.Lock()
	defer p.mu.Unlock()
	all := append(p.due, p.never...)
	for _, e := range p.later {
		all = append(all, e.item)
	}
	p.due, p.never, p.later = nil, nil, nil
	return all
}

func signal(to chan<- struct{}) {
	select {
	case to <- struct{}{}:
	default: // one is there already
	}
}

// entry is an item of a queue. Of two that are due at the same time, the one put in first comes
// first.
type entry[T any] struct {
	at   time.Time
	nth  uint64
	item T
}

// queue is a heap by when entries are due.
type queue[T any] []entry[T]

func (q queue[T]) Len() int      { return len(q) }
func (q queue[T]) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q queue[T]) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].nth < q[j].nth
}

// Push is part of heap.Interface.
func (q *queue[T]) Push(x any) { *q = append(*q, x.(entry[T])) }

// Pop is part of heap.Interface.
func (q *queue[T]) Pop() any {
	last := len(*q) - 1
	e := (*q)[last]
	(*q)[last] = entry[T]{}
	*q = (*q)[:last]
	return e
}
