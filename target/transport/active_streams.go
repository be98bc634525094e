package transport

import (
	"sync"
	"sync/atomic"
)

// activeStreams is the set of open HTTP/2 streams of one connection. The client's
// HEADERS frame opens a stream; the server's END_STREAM or a reset ends it.
type activeStreams struct {
	traffic *trafficCounter
	goAway  atomic.Bool // the server takes no new streams (RFC 9113 §6.8)
	// settled is closed when the client has read, and so keeps to, how many streams the server allows.
	settled chan struct{}
	changed func() // called once the server takes no new streams, or settled is closed
	conn    *plainConn
	mu      sync.Mutex
	ids     map[uint32]struct{}
}

// settle closes settled. Only one goroutine at a time writes to the connection, and so calls it.
func (s *activeStreams) settle() {
	if !s.isSettled() {
		close(s.settled)
	}
}

func (s *activeStreams) isSettled() bool {
	select {
	case <-s.settled:
		return true
	default:
		return false
	}
}

func (s *activeStreams) begin(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ids[id] = struct{}{}
	s.traffic.updatePeak(uint64(len(s.ids)))
}

func (s *activeStreams) end(id uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ids, id)
}
