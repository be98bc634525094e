package transport

import (
	"context"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync/atomic"
	"time"

	"weighbridge/target/budget"
	"weighbridge/target/cache"
	"weighbridge/target/limits"
)

// attemptTrace records when the events of one attempt happened that only its connection can
// observe. Its hooks run on goroutines of net/http, some after the response has been
// read: hence the atomics.
type attemptTrace struct {
	sent time.Time
	// flight counts the attempt once it has a connection.
	flight   *inFlight
	connects atomic.Int32
	conn     atomic.Pointer[plainConn] // the last one
	// The times are ns after sent, plus 1; 0 means not observed. If the request is sent
	// again within the attempt, the last time counts.
	connected, written, firstByte atomic.Int64
	sends, interim                atomic.Int32
	// idle is for how long the connection had been idle, plus 1; 0 for a new one.
	idle atomic.Int64
	// heard is when the header of the final response had been read; limits and caches are what it says
	// about rate limits and caches.
	heard  time.Time
	limits []limits.Limit
	caches cache.Told
	// bundled says that the server is the bundled mock, which knows the attempt by id.
	bundled bool
	id      uint32
	// reserved is asked before the attempt is sent again; nil allows it. Its error ends the attempt, and
	// is noted in exchange.
	reserved *budget.Reservation
	exchange *Exchange
}

// attemptState is what one attempt needs while it lasts, in one piece of memory.
type attemptState struct {
	attemptContext
	attemptTrace
	permit *limits.Permit // may be nil
	// own are the headers that only this attempt has; nil for none.
	own http.Header
}

// maxInterim is how many interim responses (1xx) one attempt may get.
const maxInterim = 100

// start starts the trace now. Call leave when the attempt has ended.
func (t *attemptTrace) start(flight *inFlight) { t.sent, t.flight = time.Now(), flight }

// hooks makes net/http report the events of the request that has the context it returns.
func (t *attemptTrace) hooks(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn:              func(info httptrace.GotConnInfo) { t.GotConn(info.Conn, info.Reused, info.IdleTime) },
		GotFirstResponseByte: t.FirstByte,
		Got1xxResponse:       func(status int, _ textproto.MIMEHeader) error { return t.Interim(status) },
		WroteRequest:         func(httptrace.WroteRequestInfo) { t.Written() },
	})
}

func (t *attemptTrace) record(event *atomic.Int64) { event.Store(int64(time.Since(t.sent)) + 1) }

// leave says that the attempt has ended.
func (t *attemptTrace) leave() {
	if t.connects.Load() > 0 {
		t.flight.leave()
	}
}

// GotConn notes that the attempt has a connection, new or idle before.
func (t *attemptTrace) GotConn(conn net.Conn, reused bool, idle time.Duration) {
	if t.connects.Add(1) == 1 {
		t.flight.enter()
	}
	t.record(&t.connected)
	if counted, ok := conn.(*plainConn); ok {
		t.conn.Store(counted)
	}
	t.idle.Store(0)
	if reused {
		t.idle.Store(int64(idle) + 1)
	}
}

// Written notes that the request has been written.
func (t *attemptTrace) Written() {
	t.record(&t.written)
	t.sends.Add(1)
}

// MayRepeat reports whether the attempt may be sent again.
func (t *attemptTrace) MayRepeat() bool {
	if t.reserved == nil {
		return true
	}
	err := t.reserved.Again()
	t.exchange.OverBudget = err != nil
	return err == nil
}

// FirstByte notes that the first byte of a response has arrived.
func (t *attemptTrace) FirstByte() { t.record(&t.firstByte) }

// readLag returns how long before the given moment the kernel had received what was read last;
// false if that is not known.
func (t *attemptTrace) readLag(at time.Time) (time.Duration, bool) {
	if conn := t.conn.Load(); conn != nil {
		return conn.readLag(at)
	}
	return 0, false
}

// Interim notes an interim response (RFC 9110 §15.2). net/http does not report the first byte of the final
// response after it.
func (t *attemptTrace) Interim(status int) error {
	t.firstByte.Store(0)
	switch {
	case status == http.StatusSwitchingProtocols:
		return errSwitched
	case t.interim.Add(1) > maxInterim:
		return errInterim
	}
	return nil
}

// gotHeader notes that the header of the final response has been received. After interim responses, this
// is the earliest known time of the final one.
func (t *attemptTrace) gotHeader(h http.Header) {
	t.heard = time.Now()
	t.caches = cache.Read(h, t.heard)
	if !t.stored() {
		t.limits = limits.Parse(h, t.heard)
	}
	if t.firstByte.Load() == 0 {
		t.record(&t.firstByte)
	}
}

// stored reports whether the response's header comes from a cache that stored it with an answer: its server
// time and rate limits are then those of an earlier request. The cache of the bundled mock writes a new header.
func (t *attemptTrace) stored() bool { return t.caches.Source == cache.Edge && !t.bundled }

// split splits the service time of the attempt into its parts. An event that was not
// observed, or observed later than the event that follows it (a response may arrive
// before the request is fully written), gets the time of the one that follows.
func (t *attemptTrace) split(service time.Duration, p *Parts) {
	timeOf := func(event *atomic.Int64, next time.Duration) time.Duration {
		if recorded := event.Load(); recorded > 0 {
			return min(time.Duration(recorded-1), next)
		}
		return next
	}
	firstByte := timeOf(&t.firstByte, service)
	written := timeOf(&t.written, firstByte)
	connected := timeOf(&t.connected, written)
	p.Connect, p.Sending, p.Waiting, p.Body = connected, written-connected, firstByte-written, service-firstByte
}

// replays returns how many times net/http resent an HTTP/1 request on its own. It never
// resends a body without GetBody, but a request without a body may be resent when a reused
// connection breaks.
func (t *attemptTrace) replays(req *http.Request) int {
	if req.Body != nil && req.Body != http.NoBody {
		return 0
	}
	return max(int(t.sends.Load())-1, 0)
}
