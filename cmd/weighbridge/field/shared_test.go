package field

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/netutil"
)

// TestRatesOnOneServer is a sweep over rates against a server that serves one request at a time:
// only the rate past its capacity may show the wait.
func TestRatesOnOneServer(t *testing.T) {
	oneOf(t, func(r reporter) {
		var slot sync.Mutex
		s := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			slot.Lock()
			defer slot.Unlock()
			time.Sleep(5 * time.Millisecond)
			fmt.Fprint(w, "ok")
		})
		sum := summarize(t, run(t, fmt.Sprintf(`
name: rates
target: {dialect: http, url: %q}
load: {warmup: 0s, open: {arrivals: constant, duration: 500ms}}
matrix: {rate: {"8": {load.open.rate: 8}, "40": {load.open.rate: 40}, "240": {load.open.rate: 240}}}
`, s.URL)))
		for i, saturated := range []bool{false, false, true} {
			if p50 := sum.Arms[i].Response.P50; saturated != (p50 > 30) || !saturated && p50 > 15 {
				r.Errorf("%s: p50 %.4g ms, where a request takes 5 ms and 200 per s are possible", sum.Arms[i].Arm, p50)
			}
		}
	})
}

// TestArmsLeaveTheWorkersOfAServerToEachOther is against a server with a worker for each connection, of which it has
// two, as Apache's prefork has: arms that take turns must not keep their idle connections.
func TestArmsLeaveTheWorkersOfAServerToEachOther(t *testing.T) {
	for _, client := range []string{"protocol: http/1.1", "transport: standard", "protocol: h2c", "protocol: h2c, transport: standard"} {
		t.Run(client, func(t *testing.T) {
			t.Parallel()
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "ok") }))
			s.Config.Protocols = new(http.Protocols)
			s.Config.Protocols.SetHTTP1(true)
			s.Config.Protocols.SetUnencryptedHTTP2(true)
			s.Listener = netutil.LimitListener(s.Listener, 2)
			s.Start()
			defer s.Close()
			rec := run(t, fmt.Sprintf(`
name: workers
target: {dialect: http, url: %q}
client: {in_flight: 2, timeout: 30s, streams: 1, connections: 2, %s}
load: {warmup: 100ms, drain: 30s, open: {rate: 50, arrivals: constant, duration: 200ms}, closed: {in_flight: 2, duration: 50ms}}
matrix: {path: {a: {target.http.path: /a}, b: {target.http.path: /b}, c: {target.http.path: /c}}}
experiment: {blocks: 1}
`, s.URL, client))
			for _, arm := range rec.Arms {
				for _, b := range arm.Blocks {
					if b.Open.Failed > 0 || b.Open.Answered != 10 {
						t.Errorf("%s, block %d: %d answered, %d failed; want 10 and none", arm.Name, b.Index, b.Open.Answered, b.Open.Failed)
					}
					if slowest := b.Open.Response.Quantile(1); slowest > 20*time.Second {
						t.Errorf("%s, block %d: a prompt waited %v for a worker", arm.Name, b.Index, slowest)
					}
				}
			}
		})
	}
}
