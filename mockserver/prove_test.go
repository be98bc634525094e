//go:build prove

package mockserver_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"weighbridge/mockserver"
	"weighbridge/mockserver/dist"
	"weighbridge/mockserver/ledger"
)

// At 1,000 requests/s the mock delays each as long as intended, within 2 ms at p99: in one of three rounds, as a machine that is
// busy for a moment delays some. In no round is one shorter.
func TestProveDelaysAreAccurate(t *testing.T) {
	const rate, seconds = 1000, 10
	for round := range 3 {
		off := delaysOff(t, rate, seconds)
		p50, p99 := off[len(off)/2], off[len(off)*99/100]
		t.Logf("%d requests: actual − intended p50 %.3f ms, p99 %.3f ms, max %.3f ms", len(off), p50, p99, off[len(off)-1])
		if len(off) != rate*seconds || off[0] < 0 {
			t.Fatalf("want %d delays, none shorter than intended", rate*seconds)
		}
		if p99 <= 2 {
			return
		}
		if round == 2 {
			t.Error("want p99 at most 2 ms")
		}
	}
}

// delaysOff sends requests to a mock and returns by how many ms it delayed each longer than intended, in ascending order.
func delaysOff(t *testing.T, rate, seconds int) (off []float64) {
	t.Helper()
	config := mockserver.DefaultConfig()
	config.Seed, config.Slots = 1, 1000
	config.Latency.Request = dist.Duration{LogNormal: &dist.LogNormal[time.Duration]{P50: 20 * ms, P99: 100 * ms}}
	var out bytes.Buffer
	journal := ledger.NewJournal(&out)
	info := listen(t, mockserver.Instance{Name: "all", Config: config, H2C: true, Journal: journal})
	transport := &http.Transport{MaxIdleConnsPerHost: 1000}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var wg sync.WaitGroup
	begun := time.Now()
	for i := range rate * seconds {
		time.Sleep(time.Until(begun.Add(time.Duration(i) * time.Second / time.Duration(rate))))
		wg.Go(func() {
			if response, _ := send(t, client, completion(t, info.Arms[0].URL, "key", i+1)); response.StatusCode != 200 {
				t.Errorf("got %s", response.Status)
			}
		})
	}
	wg.Wait()
	if err := journal.Close(); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		var l struct {
			Intended float64 `json:"intended_ms"`
			Times    struct {
				Actual float64 `json:"actual_ms"`
			} `json:"times"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		off = append(off, l.Times.Actual-l.Intended)
	}
	slices.Sort(off)
	return off
}

// 10,000 concurrent requests take less than 1 GiB, client and mock together. Half of them
// have their own connections, half are HTTP/2 streams, since both ends of 10,000
// connections would exceed the limit on open files of many machines.
func TestProveHeldRequestsAreCheap(t *testing.T) {
	const held = 10_000
	config := mockserver.DefaultConfig()
	config.Slots, config.Latency.Request = held, constant(20*time.Second)
	info := listen(t, mockserver.Instance{Name: "all", Config: config, H2C: true})
	clients := [...]*http.Client{newClient(t, info, "h1"), newClient(t, info, "h2c")}
	var before, during runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var wg sync.WaitGroup
	for i := range held {
		wg.Go(func() {
			response, err := clients[i%2].Do(completion(t, info.Arms[0].URL, "key", i+1))
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		})
	}
	for deadline := time.Now().Add(18 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if ledgerOf(t, info, "all").Attempts == held {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("only %d of %d arrived", ledgerOf(t, info, "all").Attempts, held)
		}
	}
	runtime.ReadMemStats(&during)
	cost := during.Sys - before.Sys
	t.Logf("%d concurrent requests take %d MiB, client and mock together", held, cost>>20)
	if cost > 1<<30 {
		t.Errorf("want at most 1 GiB")
	}
	wg.Wait()
}

// Without faults the mock serves at least 0.8 times the requests/s of a bare handler that
// answers the same bytes.
func TestProveSpeed(t *testing.T) {
	const turns, least = 61, 0.8
	for _, protocol := range []string{"http1", "h2c"} {
		t.Run(protocol, func(t *testing.T) {
			p := newPair(t, protocol == "h2c")
			p.takeTurn(t, perTurn, true) // to warm up connections, pools and caches
			taken := make([]turn, turns)
			for i := range taken {
				taken[i] = p.takeTurn(t, perTurn, i%2 == 0)
			}
			mock, bare, ratio := summarize(taken)
			t.Logf("mock %.0f requests/s, bare handler %.0f: the median of %d turns is %.2f", mock, bare, turns, ratio)
			if ratio < least {
				t.Errorf("want at least %.1f", least)
			}
		})
	}
}
