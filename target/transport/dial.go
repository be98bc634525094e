package transport

import (
	"context"
	"net"
	"net/http/httptrace"
	"sync/atomic"
	"time"
)

// dialTimeout bounds opening a connection, its handshake included.
const dialTimeout = 10 * time.Second

// Spent is how often something was done and how long it took altogether.
type Spent struct {
	Count uint64
	Total time.Duration
}

// spent is a Spent that many goroutines add to.
type spent struct{ count, total atomic.Int64 }

func (s *spent) add(d time.Duration) {
	s.count.Add(1)
	s.total.Add(int64(d))
}

func (s *spent) read() Spent {
	return Spent{uint64(s.count.Load()), time.Duration(s.total.Load())}
}

// dial opens a TCP connection whose bytes are counted, the look-up of the name
// and the connecting timed apart. A name that is an address is not looked up.
func (c *Connections) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	var looking, lookedUp time.Time
	trace := &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { looking = time.Now() },
		DNSDone: func(httptrace.DNSDoneInfo) {
			lookedUp = time.Now()
			c.traffic.dns.add(lookedUp.Sub(looking))
		},
	}
	began := time.Now()
	conn, err := c.connect(httptrace.WithClientTrace(ctx, trace), network, address)
	if err != nil {
		return nil, err
	}
	if lookedUp.After(began) {
		began = lookedUp
	}
	c.traffic.connect.add(time.Since(began))
	return &wireConn{Conn: conn, traffic: &c.traffic}, nil
}
