package lean

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// silent is a trace that notes nothing.
type silent struct{}

func (silent) GotConn(net.Conn, bool, time.Duration) {}
func (silent) Written()                              {}
func (silent) FirstByte()                            {}
func (silent) Interim(int) error                     { return nil }
func (silent) MayRepeat() bool                       { return true }

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// pipes counts the connections in memory that a pool opens to a server.
type pipes struct {
	mu           sync.Mutex
	opened, open int
	most         int
}

// dial returns a dial function whose connections serve handles.
func (p *pipes) dial(serve func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		p.mu.Lock()
		defer p.mu.Unlock()
		p.opened++
		p.open++
		p.most = max(p.most, p.open)
		go func() {
			defer func() {
				theirs.Close()
				p.mu.Lock()
				defer p.mu.Unlock()
				p.open--
			}()
			serve(theirs)
		}()
		return ours, nil
	}
}

// close closes the pool, which leaves no connection open, and no dial that nobody needs: goleak would find it.
func (p *pipes) close(t *testing.T, pool *Pool) {
	t.Helper()
	pool.Close()
	synctest.Wait()
	if p.open != 0 {
		t.Errorf("%d connections are open after Close", p.open)
	}
}

// answering answers each request after a while with a text.
func answering(text string, after time.Duration) func(net.Conn) {
	return func(conn net.Conn) {
		for in := bufio.NewReader(conn); ; {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, req.Body)
			time.Sleep(after)
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
		}
	}
}

func get(ctx context.Context, p *Pool) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://example.com/", nil)
	if err != nil {
		return "", err
	}
	resp, err := p.RoundTrip(req, silent{})
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestConnectionsAreLimitedAndWaitedForInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server pipes
		p := New(Options{Dial: server.dial(answering(ok, time.Second)), MaxConnections: 2, IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20})
		var wg sync.WaitGroup
		var mu sync.Mutex
		var ends []time.Duration
		began := time.Now()
		for range 6 {
			wg.Go(func() {
				if body, err := get(t.Context(), p); body != "ok" || err != nil {
					t.Errorf("%q, %v", body, err)
				}
				mu.Lock()
				defer mu.Unlock()
				ends = append(ends, time.Since(began))
			})
		}
		wg.Wait()
		for i, end := range ends {
			if want := time.Duration(1+i/2) * time.Second; end != want {
				t.Errorf("request %d ended after %v, want %v", i, end, want)
			}
		}
		if server.opened != 2 {
			t.Errorf("%d connections, want 2", server.opened)
		}
		server.close(t, p)
	})
}

// A request that gives up its place in the queue takes nobody's connection.
func TestWaitingEndsWithTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server pipes
		p := New(Options{Dial: server.dial(answering(ok, time.Second)), MaxConnections: 1, IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20})
		defer p.Close()
		gaveUp := errors.New("gave up")
		var wg sync.WaitGroup
		for i := range 4 {
			ctx, cancel := context.WithCancelCause(t.Context())
			if i == 2 {
				time.AfterFunc(500*time.Millisecond, func() { cancel(gaveUp) })
			}
			wg.Go(func() {
				defer cancel(nil)
				if _, err := get(ctx, p); (i == 2) != errors.Is(err, gaveUp) {
					t.Errorf("request %d: %v", i, err)
				}
			})
			time.Sleep(time.Millisecond)
		}
		wg.Wait()
		if server.opened != 1 {
			t.Errorf("%d connections, want 1", server.opened)
		}
	})
}

// A dial that fails gives its place to the next.
func TestAFailedDialFreesItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server pipes
		dial, dials := server.dial(answering(ok, 0)), 0
		refused := errors.New("refused")
		p := New(Options{MaxConnections: 1, IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20, Dial: func(ctx context.Context, n, a string) (net.Conn, error) {
			time.Sleep(time.Second)
			if dials++; dials == 1 {
				return nil, refused
			}
			return dial(ctx, n, a)
		}})
		defer p.Close()
		errs := make([]error, 2)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { _, errs[i] = get(t.Context(), p) })
			synctest.Wait()
		}
		wg.Wait()
		if !errors.Is(errs[0], refused) || errs[1] != nil {
			t.Errorf("%v; want that the first was refused", errs)
		}
	})
}

func TestWhenAConnectionIsUsedAgain(t *testing.T) {
	for _, c := range []struct {
		name, text string
		change     func(*Options)
		want       int // connections for 3 requests
	}{
		{"kept", ok, func(*Options) {}, 1},
		{"no keepalive", ok, func(o *Options) { o.NoKeepalive = true }, 3},
		{"idle for too long", ok, func(o *Options) { o.IdleTimeout = time.Second }, 3},
		{"the server says it closes", strings.Replace(ok, "\r\n", "\r\nConnection: close\r\n", 1), func(*Options) {}, 3},
		{"HTTP/1.0", strings.Replace(ok, "1.1", "1.0", 1), func(*Options) {}, 3},
		{"HTTP/1.0, kept", strings.Replace(ok, "1.1 200 OK\r\n", "1.0 200 OK\r\nConnection: keep-alive\r\n", 1), func(*Options) {}, 1},
		{"more bytes than the answer has", ok + "ok", func(*Options) {}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var server pipes
				o := Options{Dial: server.dial(answering(c.text, 0)), IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20}
				c.change(&o)
				p := New(o)
				for range 3 {
					if body, err := get(t.Context(), p); body != "ok" || err != nil {
						t.Errorf("%q, %v", body, err)
					}
					time.Sleep(2 * time.Second)
				}
				if server.opened != c.want {
					t.Errorf("%d connections, want %d", server.opened, c.want)
				}
				server.close(t, p)
			})
		})
	}
}

// A connection is closed when its time is over, whether or not another request comes: a server may have
// a worker for it.
func TestIdleConnectionsAreClosedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server pipes
		p := New(Options{Dial: server.dial(answering(ok, time.Second)), IdleTimeout: 10 * time.Second, MaxHeaderBytes: 1 << 20})
		var wg sync.WaitGroup
		for i := range 3 {
			wg.Go(func() {
				time.Sleep(time.Duration(i) * 300 * time.Millisecond) // all three are open at once
				if body, err := get(t.Context(), p); body != "ok" || err != nil {
					t.Errorf("%q, %v", body, err)
				}
			})
		}
		wg.Wait() // at 1.6 s; the connections are idle since 1, 1.3 and 1.6 s
		for _, row := range []struct {
			after time.Duration
			open  int
		}{{9300 * time.Millisecond, 3}, {200 * time.Millisecond, 2}, {300 * time.Millisecond, 1}, {300 * time.Millisecond, 0}} {
			time.Sleep(row.after)
			synctest.Wait()
			server.mu.Lock()
			if server.open != row.open {
				t.Errorf("%d connections are open, want %d", server.open, row.open)
			}
			server.mu.Unlock()
		}
		server.close(t, p)
	})
}

// A body that is closed unread, or whose context ends, ends its connection.
func TestABodyThatIsNotRead(t *testing.T) {
	for name, end := range map[string]func(*http.Response, context.CancelCauseFunc) error{
		"closed": func(resp *http.Response, _ context.CancelCauseFunc) error { return resp.Body.Close() },
		"ended by its context": func(resp *http.Response, cancel context.CancelCauseFunc) error {
			cancel(errors.New("over"))
			if _, err := io.ReadAll(resp.Body); err == nil || err.Error() != "over" {
				return errors.Join(errors.New("want the context's cause"), err)
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var server pipes
				p := New(Options{Dial: server.dial(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok", 0)), IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20})
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://example.com/", nil)
				if err != nil {
					t.Fatal(err)
				}
				resp, err := p.RoundTrip(req, silent{})
				if err != nil {
					t.Fatal(err)
				}
				if err := end(resp, cancel); err != nil {
					t.Error(err)
				}
				synctest.Wait()
				if server.open != 0 {
					t.Errorf("%d connections are open", server.open)
				}
			})
		})
	}
}

func TestAPoolAtRestHasNoConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server pipes
		p := New(Options{Dial: server.dial(answering(ok, time.Second)), IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20})
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				if _, err := get(t.Context(), p); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		p.Rest()
		p.Rest()
		synctest.Wait()
		if server.open != 0 {
			t.Errorf("%d connections are open at rest", server.open)
		}
		p.Resume(t.Context())
		p.Resume(t.Context())
		if server.open != 3 || server.opened != 6 {
			t.Errorf("%d connections are open after Resume, %d were opened in all; want 3 and 6", server.open, server.opened)
		}
		if _, err := get(t.Context(), p); err != nil || server.opened != 6 {
			t.Errorf("a request after Resume: %v, %d connections were opened", err, server.opened)
		}
		p.Rest()
		server.close(t, p)
		p.Resume(t.Context())
		synctest.Wait()
		if server.open != 0 {
			t.Errorf("a closed pool has %d connections", server.open)
		}
	})
}
