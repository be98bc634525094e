package lean

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// dialTakes returns a dial that takes as long as its number in order says, and 0 s after those; negative fails.
func dialTakes(dial func(context.Context, string, string) (net.Conn, error), seconds ...int) func(context.Context, string, string) (net.Conn, error) {
	var mu sync.Mutex
	n := 0
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		mu.Lock()
		var takes time.Duration
		if n < len(seconds) {
			takes = time.Duration(seconds[n]) * time.Second
		}
		n++
		mu.Unlock()
		select {
		case <-time.After(takes.Abs()):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if takes < 0 {
			return nil, errors.New("refused")
		}
		return dial(ctx, network, address)
	}
}

// A request that no idle connection was there for takes the first of what is dialed for it and what others have
// done with; net/http does the same. Each request begins 600 ms after the one before, and is answered in 1 s.
func TestTheFirstConnectionThatIsFreeIsTaken(t *testing.T) {
	const second = time.Second
	ms := func(took ...time.Duration) []time.Duration {
		for i := range took {
			took[i] *= time.Millisecond
		}
		return took
	}
	for _, c := range []struct {
		name    string
		seconds []int // that dials take, in turn
		timeout time.Duration
		want    []time.Duration // that requests take; 0 if they fail
		opened  int             // connections
	}{
		{"own dials are faster", []int{0, 0}, time.Hour, ms(1000, 1000, 1000), 2}, // the third finds the first idle
		{"a dial is slower than a request", []int{0, 60}, time.Hour, ms(1000, 1400), 1},
		{"in the order of arrival", []int{0, 60, 60}, time.Hour, ms(1000, 1400, 1800), 1},
		{"one that was dialed later", []int{5, 1}, time.Hour, ms(3600, 2000), 1},
		{"a dial that fails in the end", []int{0, -2}, time.Hour, ms(1000, 1400), 1},
		{"a dial that fails before", []int{2, -1}, time.Hour, ms(3000, 0), 1},
		{"the time is over before", []int{60, 60}, 2 * second, ms(0, 0), 0},
		{"the time of others is over", []int{60, 60, 0}, 1100 * time.Millisecond, ms(0, 0, 1000), 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var server pipes
				p := New(Options{Dial: dialTakes(server.dial(answering(ok, second)), c.seconds...), IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20})
				took := make([]time.Duration, len(c.want))
				var wg sync.WaitGroup
				for i := range took {
					wg.Go(func() {
						began := time.Now()
						ctx, cancel := context.WithTimeout(t.Context(), c.timeout)
						defer cancel()
						if _, err := get(ctx, p); err == nil {
							took[i] = time.Since(began)
						}
					})
					time.Sleep(600 * time.Millisecond)
				}
				wg.Wait()
				for i := range took {
					if took[i] != c.want[i] {
						t.Errorf("request %d took %v, want %v", i, took[i], c.want[i])
					}
				}
				if server.opened != c.opened {
					t.Errorf("%d connections, want %d", server.opened, c.opened)
				}
				server.close(t, p)
			})
		})
	}
}

// A connection that is there too late for its request is kept for the next, which need not dial.
func TestAConnectionThatCameTooLateIsKept(t *testing.T) {
	for _, c := range []struct {
		name      string
		keepalive bool
		opened    int
	}{{"kept", true, 2}, {"no keepalive", false, 4}} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var server pipes
				p := New(Options{
					Dial: dialTakes(server.dial(answering(ok, time.Second)), 0, 2), IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20,
					NoKeepalive: !c.keepalive,
				})
				var wg sync.WaitGroup
				request := func() {
					if body, err := get(t.Context(), p); body != "ok" || err != nil {
						t.Errorf("%q, %v", body, err)
					}
				}
				wg.Go(request)
				synctest.Wait()
				wg.Go(request)
				time.Sleep(5 * time.Second)
				wg.Go(request)
				wg.Go(request)
				wg.Wait()
				if server.opened != c.opened {
					t.Errorf("%d connections, want %d", server.opened, c.opened)
				}
				server.close(t, p)
			})
		})
	}
}

// With a limit of connections, those that wait dial in the places of those that have ended.
func TestThoseWithoutADialGetOneInTheirTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var server pipes
		p := New(Options{
			Dial: dialTakes(server.dial(answering(ok, time.Second)), 1, 1, 1, 1, 1), MaxConnections: 2, NoKeepalive: true,
			IdleTimeout: time.Hour, MaxHeaderBytes: 1 << 20,
		})
		defer p.Close()
		began := time.Now()
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() {
				if _, err := get(t.Context(), p); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if took := time.Since(began); took != 6*time.Second || server.opened != 5 || server.most != 2 {
			t.Errorf("%v, %d connections, %d at once; want 6s, 5 and 2", took, server.opened, server.most)
		}
	})
}
