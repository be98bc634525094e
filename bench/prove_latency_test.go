//go:build prove

package bench_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"weighbridge/bench/attack"
	"weighbridge/bench/record"
	"weighbridge/bench/schedule"
	"weighbridge/scenarios"
	"weighbridge/target"
)

// openSlice measures handler with one block of open load.
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
	deck, err := schedule.SyntheticDeck(arm.Prompts, 1)
	if err != nil {
		t.Fatal(err)
	}
	work := schedule.Work{Seed: 1, Arm: arm.Name, Deck: deck}
	a, err := attack.New(arm, attack.Endpoint{URL: arm.Target.URL}, work, time.Now(), &target.Redactor{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.CheckReachable(context.Background(), func(string) {}); err != nil {
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

// The service latency equals the latency that a server measures itself.
func TestProveServiceLatency(t *testing.T) {
	inOneRound(t, func() (wrong []string) {
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
				wrong = append(wrong, fmt.Sprintf("service p%v is %v, the server took %v: more than 1ms apart", q*100, got, want))
			}
		}
		return wrong
	})
}

// The server delays all answers for 1 s in every 5 s. A fifth of the prompts are due
// during a stall and wait for 0 to 1 s, uniformly distributed: p90 is 0.5 s and p99 is
// 0.95 s, whatever the protocol and the number of requests in flight. The time to work
// off the backlog comes on top. It is known from the server: prompts are due at even
// intervals, so the times of its answers tell how late each was, relative to the least
// late.
func TestProveStall(t *testing.T) {
	for _, c := range []struct {
		protocol string
		inFlight int
		// slack is the time that reading the answers may take: without a limit on requests
		// in flight, 500 arrive at once.
		slack time.Duration
	}{
		{"http/1.1", 5, 5 * time.Millisecond},
		{"http/1.1", 100_000, 30 * time.Millisecond},
		{"h2c", 5, 5 * time.Millisecond},
		{"h2c", 100_000, 30 * time.Millisecond},
	} {
		t.Run(fmt.Sprintf("%s in_flight %d", c.protocol, c.inFlight), func(t *testing.T) {
			const prompts, interval = 7500, time.Second / 500
			began := time.Now()
			var mu sync.Mutex
			var answered []time.Duration
			s := openSlice(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				if at := time.Since(began) % (5 * time.Second); at >= 3*time.Second && at < 4*time.Second {
					time.Sleep(4*time.Second - at)
				}
				_, _ = io.WriteString(w, "{}")
				_ = http.NewResponseController(w).Flush() // sent before its time is taken
				mu.Lock()
				answered = append(answered, time.Since(began))
				mu.Unlock()
			}, "load.open.rate=500", "client.protocol="+c.protocol, fmt.Sprintf("client.in_flight=%d", c.inFlight))
			if s.Due != prompts || s.Answered != prompts {
				t.Fatalf("%d due, %d answered, want %d", s.Due, s.Answered, prompts)
			}
			late := lateness(answered[len(answered)-prompts:], interval) // the earlier ones belong to the warm-up
			for q, least := range map[float64]time.Duration{0.9: 500 * time.Millisecond, 0.99: 950 * time.Millisecond} {
				got, want := s.Response.Quantile(q), late[int(q*prompts)]
				t.Logf("response p%v: %v measured, %v at the server, %v by analysis; slot wait p99 %v, send lag p99 %v",
					q*100, got, want, least, s.SlotWait.Quantile(0.99), s.SendLag.Quantile(0.99))
				if got < max(want-5*time.Millisecond, least-least/100) || got > want+c.slack {
					t.Errorf("response p%v is %v, want %v and at most %v more", q*100, got, want, c.slack)
				}
			}
		})
	}
}

// lateness returns, in ascending order, how late prompts that are due at even intervals
// were answered, relative to the least late one.
func lateness(answered []time.Duration, interval time.Duration) []time.Duration {
	slices.Sort(answered)
	late := make([]time.Duration, len(answered))
	for i, at := range answered {
		late[i] = at - time.Duration(i)*interval
	}
	slices.Sort(late)
	least := late[0]
	for i := range late {
		late[i] -= least
	}
	return late
}
