package transport

import (
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Traffic counts an arm's connections, the bytes they carried and the time taken to open them.
type Traffic struct {
	// Connections is the number of connections opened.
	Connections uint64
	// DNS, Connect and TLS are the steps of opening them: DNS lookups, TCP connects
	// and successful TLS handshakes.
	DNS, Connect, TLS Sum
	// PeakStreams is the maximum number of concurrent requests on one connection.
	PeakStreams uint64
	// Pushes is the number of resources that servers have promised to push (PUSH_PROMISE).
	Pushes         uint64
	Sent, Received Bytes
}

// Bytes counts one direction of traffic.
type Bytes struct {
	// Wire is bytes below TLS, handshakes included; Plain is bytes above it.
	Wire, Plain uint64
	// Header is start lines, headers and chunk framing for HTTP/1.1, and HPACK-encoded
	// header blocks for HTTP/2. Body is message bodies. HTTP/2's own overhead (frame
	// headers, settings, window updates) is Plain minus both.
	Header, Body uint64
}

// trafficCounter is a Traffic that connections add to concurrently.
type trafficCounter struct {
	dns, connect, tls sumCounter
	peak, pushes      atomic.Uint64
	sent, received    bytesCounter
}

type bytesCounter struct{ wire, plain, header, body atomic.Uint64 }

func (b *bytesCounter) snapshot() Bytes {
	return Bytes{b.wire.Load(), b.plain.Load(), b.header.Load(), b.body.Load()}
}

func (t *trafficCounter) snapshot() Traffic {
	connect := t.connect.snapshot()
	return Traffic{
		Connections: connect.Count, DNS: t.dns.snapshot(), Connect: connect, TLS: t.tls.snapshot(),
		PeakStreams: t.peak.Load(), Pushes: t.pushes.Load(), Sent: t.sent.snapshot(), Received: t.received.snapshot(),
	}
}

// updatePeak raises the peak to n concurrent streams, if it is lower.
func (t *trafficCounter) updatePeak(n uint64) {
	for top := t.peak.Load(); n > top && !t.peak.CompareAndSwap(top, n); top = t.peak.Load() {
	}
}

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
