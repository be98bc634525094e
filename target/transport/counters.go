package transport

import (
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Sum is how many times something was done and how long that took in total.
type Sum struct {
	Count uint64
	Total time.Duration
}

// sumCounter is a Sum that goroutines add to concurrently.
type sumCounter struct{ count, total atomic.Int64 }

func (s *sumCounter) add(d time.Duration) {
	s.count.Add(1)
	s.total.Add(int64(d))
}

func (s *sumCounter) snapshot() Sum {
	return Sum{uint64(s.count.Load()), time.Duration(s.total.Load())}
}

// mostAddresses is how many addresses are counted apart.
const mostAddresses = 100

// addressCounter counts connections by the address that they were opened to.
type addressCounter struct {
	mu sync.Mutex
	by map[string]uint64
}

func (a *addressCounter) add(to net.Addr) {
	if to == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by == nil {
		a.by = map[string]uint64{}
	}
	address := to.String()
	if _, known := a.by[address]; !known && len(a.by) >= mostAddresses {
		address = "other addresses"
	}
	a.by[address]++
}

func (a *addressCounter) snapshot() map[string]uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.by)
}
