package transport

import (
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"sync/atomic"
	"testing"

	"weighbridge/target"
	"weighbridge/target/regions"
)

// servers starts a server per handler, and returns a change that makes them regions, named a, b, …
func servers(t *testing.T, routing regions.Routing, sessions uint64, handlers ...http.HandlerFunc) func(*Options) {
	t.Helper()
	there := &Regions{Sessions: sessions}
	var weights []float64
	for i, handler := range handlers {
		server := httptest.NewUnstartedServer(handler)
		server.Config.Protocols = new(http.Protocols)
		server.Config.Protocols.SetHTTP1(true)
		server.Config.Protocols.SetUnencryptedHTTP2(true)
		server.Start()
		t.Cleanup(server.Close)
		base, err := url.Parse(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		there.Names, there.Bases, weights = append(there.Names, string(rune('a'+i))), append(there.Bases, base), append(weights, 1)
	}
	there.Router = regions.New(regions.Config{Weights: weights, Routing: routing, Draw: rand.New(rand.NewPCG(3, 4)).Float64})
	return func(o *Options) { o.Regions = there }
}

func answering(name string, status int, seen *atomic.Int64) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		seen.Add(1)
		w.Header().Set(SessionHeader, map[bool]string{true: "lost", false: "strange"}[r.Header.Get(SessionHeader) == "2"])
		w.WriteHeader(status)
		_, _ = io.WriteString(w, name)
	}
}

func TestARetryInAnotherRegionIsSeen(t *testing.T) {
	for _, protocol := range []string{"http/1.1", "h2c"} {
		for _, how := range []string{"lean", "standard"} {
			for elsewhere, want := range map[bool][]string{true: {"a", "b"}, false: {"a", "a"}} {
				var first, second atomic.Int64
				there := servers(t, regions.Routing{Policy: regions.Failover, RetryElsewhere: elsewhere}, 0,
					answering("a", 503, &first), answering("b", 200, &second))
				client := newClient(t, "http://127.0.0.1:1", retrying(2), there, func(o *Options) { o.Client.Protocol, o.Client.Transport = protocol, how })
				x := client.Do(t.Context(), one)
				var got []string
				for _, a := range x.Attempts {
					got = append(got, a.Region)
				}
				if !slices.Equal(got, want) || (x.Outcome.Class == target.Success) != elsewhere || first.Load()+second.Load() != 2 {
					t.Errorf("%s %s, elsewhere %v: the attempts went to %v: %v, with %d and %d seen", protocol, how, elsewhere, got, x.Outcome, first.Load(), second.Load())
				}
			}
		}
	}
}

// A region that refuses connections fails its attempts, and those alone.
func TestEachAttemptGoesToItsRegion(t *testing.T) {
	var seen atomic.Int64
	there := servers(t, regions.Routing{Policy: regions.Weighted}, 0, answering("a", 200, &seen), answering("b", 200, &seen))
	client := newClient(t, "http://127.0.0.1:1", there, func(o *Options) { o.Regions.Bases[1], _ = url.Parse("http://127.0.0.1:1/") })
	answered := 0
	for range 40 {
		x := client.Do(t.Context(), one)
		if well := x.Outcome.Class == target.Success; well != (x.Attempts[0].Region == "a") {
			t.Fatalf("region %s: %v", x.Attempts[0].Region, x.Outcome)
		} else if well {
			answered++
		}
	}
	if answered < 8 || answered > 32 || int(seen.Load()) != answered {
		t.Errorf("%d of 40 were answered, %d seen", answered, seen.Load())
	}
}

// Requests belong to the sessions in turn, and only known words about them are kept.
func TestSessionsInTurn(t *testing.T) {
	var seen atomic.Int64
	there := servers(t, regions.Routing{Policy: regions.Failover}, 3, answering("a", 200, &seen))
	client := newClient(t, "http://127.0.0.1:1", there, func(o *Options) { o.SendAttemptID = true })
	var got []string
	for range 6 {
		got = append(got, client.Do(t.Context(), one).Attempts[0].Session)
	}
	if want := []string{"", "lost", "", "", "lost", ""}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	plain := newClient(t, "http://127.0.0.1:1", there)
	for range 3 {
		if said := plain.Do(t.Context(), one).Attempts[0].Session; said != "" {
			t.Errorf("a server that is no mock was told of a session: %q", said)
		}
	}
}

// A call is for the client's own server.
func TestACallGoesToNoRegion(t *testing.T) {
	var seen, own atomic.Int64
	there := servers(t, regions.Routing{Policy: regions.Failover}, 0, answering("a", 200, &seen))
	server := httptest.NewServer(answering("own", 200, &own))
	defer server.Close()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := newClient(t, server.URL, there).Do(t.Context(), Request{Phase: "batch", Call: &Call{
		Request: request, Judge: func(int, http.Header, []byte) target.Outcome { return target.Outcome{} },
	}})
	if own.Load() != 1 || seen.Load() != 0 {
		t.Errorf("%d and %d requests: %v", own.Load(), seen.Load(), x.Outcome)
	}
}

func TestPeakOfSeveralPools(t *testing.T) {
	c := &Client{Options: Options{Client: target.Client{Connections: 2}, Connections: &Connections{}, Regions: &Regions{Bases: make([]*url.URL, 3)}}}
	c.flight.peak.Store(100)
	if got := c.TakePeak(); got != 6 {
		t.Errorf("at most %d, want 2 connections to each of 3 regions", got)
	}
}
