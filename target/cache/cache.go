// Package cache keeps answers, so that an equal request needs none from the server, and reads from
// the header of an answer whether a cache between client and server gave it.
package cache

import (
	"crypto/sha256"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Key stands for all requests that the same answer is given to.
type Key [sha256.Size]byte

// KeyOf returns the key of a request: its method, its path and query, its header and its body. The
// host is no part of it, as all requests of a client go to the same server.
func KeyOf(r *http.Request) (key Key, err error) {
	sum := sha256.New()
	fmt.Fprintf(sum, "%q %q\n", r.Method, r.URL.RequestURI()) // a hash returns no errors
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		fmt.Fprintf(sum, "%q: %q\n", name, r.Header[name])
	}
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return key, fmt.Errorf("read the body for its key in the cache: %w", err)
		}
		if _, err := io.Copy(sum, body); err != nil {
			return key, fmt.Errorf("read the body for its key in the cache: %w", err)
		}
	}
	sum.Sum(key[:0])
	return key, nil
}

// Cache holds a limited number of answers, each for a limited time from when it was kept. Where it is
// full, it forgets the answer that was not used for longest. It reads no clock. It is safe for
// concurrent use.
type Cache[V any] struct {
	ttl time.Duration
	// single says that only one of several equal requests asks the server at a time; the others wait.
	single bool

	mu      sync.Mutex
	answers *simplelru.LRU[Key, kept[V]]
	// asking are the requests that ask the server, each with what ends when it has its answer.
	asking map[Key]chan struct{}
}

type kept[V any] struct {
	value V
	at    time.Time
}

// New returns an empty cache of so many entries, at least 1.
func New[V any](entries int, ttl time.Duration, singleFlight bool) *Cache[V] {
	answers, err := simplelru.NewLRU[Key, kept[V]](entries, nil)
	if err != nil {
		panic(fmt.Sprintf("cache: %d entries: %v", entries, err)) // its only error, which the caller rules out
	}
	return &Cache[V]{ttl: ttl, single: singleFlight, answers: answers, asking: map[Key]chan struct{}{}}
}

// Found is the answer that a cache holds to a request.
type Found[V any] struct {
	Value V
	// Age is the time since the answer was kept.
	Age time.Duration
}

// Find returns the answer under a key; nil if there is none, or if its time is over. Then the caller
// either asks the server and calls Keep if it got an answer and Done in any case, or, with single
// flight, waits until an equal request that asks the server has ended, and calls Find again.
func (c *Cache[V]) Find(key Key, now time.Time) (found *Found[V], wait <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k, ok := c.answers.Get(key); ok {
		if age := now.Sub(k.at); age < c.ttl {
			return &Found[V]{k.value, age}, nil
		}
		c.answers.Remove(key)
	}
	if !c.single {
		return nil, nil
	}
	if ended, ok := c.asking[key]; ok {
		return nil, ended
	}
	c.asking[key] = make(chan struct{})
	return nil, nil
}

// Keep keeps an answer from now on.
func (c *Cache[V]) Keep(key Key, value V, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers.Add(key, kept[V]{value, now})
}

// Done says that a request which Find returned neither an answer nor a wait for has ended.
func (c *Cache[V]) Done(key Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if ended, ok := c.asking[key]; ok {
		close(ended)
		delete(c.asking, key)
	}
}

// Forget empties the cache.
func (c *Cache[V]) Forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.answers.Purge()
}
