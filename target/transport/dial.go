package transport

import (
	"context"
	"maps"
	"net"
	"net/http/httptrace"
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

// lookup is when the DNS lookup of a connection began and ended; zero without one.
type lookup struct{ began, ended time.Time }

// traced returns ctx with a trace that fills in the lookup and counts it.
func (l *lookup) traced(ctx context.Context, counter *sumCounter) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { l.began = time.Now() },
		DNSDone: func(httptrace.DNSDoneInfo) {
			l.ended = time.Now()
			counter.add(l.ended.Sub(l.began))
		},
	})
}

// dial opens a TCP connection whose bytes are counted. It times the DNS lookup and
// the connect separately; an IP address needs no lookup.
func (c *Connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.connectTimeout)
	defer cancel()
	l, began := &lookup{}, time.Now()
	conn, err := c.dialer.DialContext(l.traced(ctx, &c.traffic.dns), network, address)
	if err != nil {
		return nil, err
	}
	return c.countWire(conn, began, l.ended), nil
}

// countWire counts a connection whose dial began at a time, and the bytes that it carries. lookedUp is
// when its DNS lookup ended; zero without one.
func (c *Connections) countWire(conn net.Conn, began, lookedUp time.Time) net.Conn {
	if lookedUp.After(began) {
		began = lookedUp
	}
	c.traffic.connect.add(time.Since(began))
	c.reached.add(conn.RemoteAddr())
	return &wireConn{Conn: conn, stamped: newStampedConn(conn), traffic: &c.traffic}
}
