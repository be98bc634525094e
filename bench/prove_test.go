//go:build prove

package bench_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/scenarios"
)

// openSlice drives handler by one block of open load.
func openSlice(t *testing.T, handler http.HandlerFunc, sets ...string) *record.Slice {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.Config.Protocols = new(http.Protocols)
	server.Config.Protocols.SetHTTP1(true)
	server.Config.Protocols.SetUnencryptedHTTP2(true)
	server.Start()
	defer server.Close()
	source := `
name: prove
target: {dialect: http, url: "` + server.URL + `", http: {body: '{"p": {{json .Prompt}}}'}}
load: {warmup: 1s, drain: 5s, open: {rate: 200, arrivals: constant, duration: 15s}}
`
	s, err := scenarios.Parse("prove.yaml", []byte(source), scenarios.Changes{Set: sets})
	if err != nil {
		t.Fatal(err)
	}
	arm := s.Arms()[0]
	deck, err := attack.NewDeck(arm.Prompts, 1)
	if err != nil {
		t.Fatal(err)
	}
	a, err := attack.New(arm, attack.Endpoint{URL: arm.Target.URL}, deck, 1, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.Reach(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.WarmupOpen(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	slices, _, err := a.Open(context.Background(), time.Now(), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	return slices[0]
}

// A server that answers after a known time, and notes how long it truly took.
func TestProveServiceLatency(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	var mu sync.Mutex
	truth := record.NewHist()
	s := openSlice(t, func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		_, _ = io.Copy(io.Discard, r.Body)
		mu.Lock()
		delay := time.Duration(5+rng.ExpFloat64()*20) * time.Millisecond
		mu.Unlock()
		time.Sleep(delay)
		mu.Lock()
		truth.Record(time.Since(began))
		mu.Unlock()
		_, _ = io.WriteString(w, "{}")
	})
	for _, q := range []float64{0.5, 0.9, 0.99} {
		got, want := s.Service.Quantile(q), truth.Quantile(q)
		t.Logf("service p%v: %v measured, %v at the server", q*100, got, want)
		if (got - want).Abs() > time.Millisecond {
			t.Errorf("service p%v is %v, the server took %v: more than 1ms apart", q*100, got, want)
		}
	}
}

// A server that freezes all answers for 1 s in every 5 s. A fifth of the prompts
// are due while it is frozen and wait between 0 and 1 s, evenly: p90 is 0.5 s, p99
// 0.95 s, whatever the protocol and however few requests may be in flight.
func TestProveStall(t *testing.T) {
	for _, c := range []struct {
		protocol string
		inFlight int
	}{{"http/1.1", 5}, {"http/1.1", 100_000}, {"h2c", 5}, {"h2c", 100_000}} {
		t.Run(fmt.Sprintf("%s in_flight %d", c.protocol, c.inFlight), func(t *testing.T) {
			began := time.Now()
			s := openSlice(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if at := time.Since(began) % (5 * time.Second); at >= 3*time.Second && at < 4*time.Second {
					time.Sleep(4*time.Second - at)
				}
				_, _ = io.WriteString(w, "{}")
			}, "load.open.rate=500", "client.protocol="+c.protocol, fmt.Sprintf("client.in_flight=%d", c.inFlight))
			if s.Due != 7500 || s.Answered != 7500 {
				t.Fatalf("%d due, %d answered, want 7500", s.Due, s.Answered)
			}
			for q, want := range map[float64]time.Duration{0.9: 500 * time.Millisecond, 0.99: 950 * time.Millisecond} {
				got := s.Response.Quantile(q)
				t.Logf("response p%v: %v measured, %v by analysis; slot wait p99 %v, send lag p99 %v",
					q*100, got, want, s.SlotWait.Quantile(0.99), s.SendLag.Quantile(0.99))
				if share := float64(got)/float64(want) - 1; share < -0.05 || share > 0.05 {
					t.Errorf("response p%v is %v, %.1f%% off the analytic %v", q*100, got, share*100, want)
				}
			}
		})
	}
}
