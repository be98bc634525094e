package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"slices"
	"sync"
)

// streamPool spreads requests over HTTP/2 connections so that none carries more
// than a number of them at once. net/http's own pool fills one connection up to
// what the server allows.
type streamPool struct {
	dial    func(ctx context.Context, scheme, address string) (*http.ClientConn, error)
	streams int // per connection
	free    chan struct{}

	mu    sync.Mutex
	lanes []*lane
}

// lane is one connection, or one being opened.
type lane struct {
	ready chan struct{} // closed when conn or err is there
	conn  *http.ClientConn
	err   error
	open  int // requests under way
}

// newStreamPool bounds connections too, unless they are 0.
func newStreamPool(
	dial func(ctx context.Context, scheme, address string) (*http.ClientConn, error), connections, streams int,
) *streamPool {
	p := &streamPool{dial: dial, streams: streams}
	if connections > 0 {
		p.free = make(chan struct{}, connections*streams)
	}
	return p
}

// RoundTrip sends req on a connection that has room; the room is held until the
// answer's body is closed.
func (p *streamPool) RoundTrip(req *http.Request) (*http.Response, error) {
	l, err := p.enter(req)
	if err != nil {
		return nil, err
	}
	// A ClientConn does not tell that it was got; only net/http's own pool does.
	if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.GotConn != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
	resp, err := l.conn.RoundTrip(req)
	if err != nil {
		p.leave(l)
		return nil, err
	}
	resp.Body = &leavingBody{ReadCloser: resp.Body, leave: sync.OnceFunc(func() { p.leave(l) })}
	return resp, nil
}

// enter takes room for one request, opening a connection where none has any.
func (p *streamPool) enter(req *http.Request) (*lane, error) {
	ctx := req.Context()
	if p.free != nil {
		select {
		case p.free <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	l, opened := p.room()
	if opened {
		l.conn, l.err = p.dial(context.WithoutCancel(ctx), req.URL.Scheme, hostPort(req))
		close(l.ready)
	}
	select {
	case <-l.ready:
	case <-ctx.Done():
		p.leave(l)
		return nil, ctx.Err()
	}
	if l.err != nil {
		p.leave(l)
		return nil, l.err
	}
	return l, nil
}

// room is the first lane with room, or a new one that the caller must open.
func (p *streamPool) room() (l *lane, opened bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lanes = slices.DeleteFunc(p.lanes, (*lane).broken)
	for _, l := range p.lanes {
		if l.open < p.streams {
			l.open++
			return l, false
		}
	}
	l = &lane{ready: make(chan struct{}), open: 1}
	p.lanes = append(p.lanes, l)
	return l, true
}

func (p *streamPool) leave(l *lane) {
	p.mu.Lock()
	l.open--
	p.mu.Unlock()
	if p.free != nil {
		<-p.free
	}
}

// broken says that a connection takes no more requests; those on it go on.
func (l *lane) broken() bool {
	select {
	case <-l.ready:
		return l.err != nil || l.conn.Err() != nil
	default:
		return false
	}
}

// close closes every connection.
func (p *streamPool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, l := range p.lanes {
		if <-l.ready; l.conn != nil {
			_ = l.conn.Close() // nothing more is asked of it
		}
	}
	p.lanes = nil
}

// hostPort is where req goes, its scheme's port filled in.
func hostPort(req *http.Request) string {
	if req.URL.Port() != "" {
		return req.URL.Host
	}
	port := "80"
	if req.URL.Scheme == "https" {
		port = "443"
	}
	return net.JoinHostPort(req.URL.Hostname(), port)
}

// leavingBody gives the room back when the body is closed.
type leavingBody struct {
	io.ReadCloser
	leave func()
}

func (b *leavingBody) Close() error {
	defer b.leave()
	return b.ReadCloser.Close()
}
